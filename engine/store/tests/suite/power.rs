//! Power loss: disk images that hold only what was fsynced, and a random part of what was not.
//!
//! A child process commits numbered works under `tests/power/shim.c`, which journals every operation on its
//! files and every acknowledgement. From the journal, images of the disk are made for random moments. Every
//! image must open, hold every work that was acknowledged before the moment, and no half work.

mod child;
mod disk;
mod journal;

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::Command,
};

use formwork_store::backend::Kind;

pub(crate) use disk::Random;

use disk::Disk;
use journal::{Journal, Record, compile_shim};

/// Images per store. A third of them from while the book is made and first used.
const IMAGES: usize = 40;

fn shim(place: &Path) -> PathBuf {
    compile_shim(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/power/shim.c"), place)
}

/// What came out of the images.
#[derive(Debug, Default)]
struct Verdict {
    images: usize,
    problems: Vec<String>,
}

/// Runs the child over `kind`, with fsyncs of files that end in `ignore` not counting, and tries the images.
fn power_losses(kind: Kind, ignore: Option<&str>, seed: u64) -> Verdict {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = place.path().join("book");
    fs::create_dir(&root).unwrap();
    let (journal, acks, shim) = (place.path().join("journal"), place.path().join("acks"), shim(place.path()));
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["power::child::commits_numbered_works", "--exact", "--nocapture"])
        .env("LD_PRELOAD", &shim)
        .env("FORMWORK_POWER_CHILD", kind.name())
        .env("FORMWORK_POWER_ROOT", &root)
        .env("FORMWORK_POWER_JOURNAL", &journal)
        .env("FORMWORK_POWER_ACK", &acks);
    if let Some(ignore) = ignore {
        command.env("FORMWORK_POWER_IGNORE", ignore);
    }
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    try_images(kind, &Journal::read(&journal), place.path(), &mut Random(seed))
}

fn try_images(kind: Kind, journal: &Journal, place: &Path, random: &mut Random) -> Verdict {
    let first_ack = journal.position_of_first_ack();
    let mut moments: Vec<usize> =
        (0..IMAGES).map(|n| random.below(if n % 3 == 0 { first_ack * 2 } else { journal.records.len() })).collect();
    moments.sort_unstable();
    let mut disk = Disk::default();
    let mut acknowledged = Vec::new();
    let mut at = 0;
    let mut verdict = Verdict::default();
    for moment in moments {
        for record in &journal.records[at..moment] {
            match record {
                Record::Ack(numbers) => acknowledged.extend_from_slice(numbers),
                other => disk.apply(other),
            }
        }
        at = moment;
        let image = place.join(format!("image-{}", verdict.images));
        disk.write_image(&image, random);
        verdict.images += 1;
        // A store may also panic over what a power loss has left of its files.
        let checked = catch_unwind(AssertUnwindSafe(|| child::check(&image, kind, &acknowledged)));
        if let Err(problem) = checked.unwrap_or_else(|_| Err("the store panicked".into())) {
            verdict.problems.push(format!("image of moment {moment}, {} acknowledged: {problem}", acknowledged.len()));
        }
        fs::remove_dir_all(image).unwrap();
    }
    assert!(!acknowledged.is_empty(), "no image had acknowledged work: nothing was tested");
    verdict
}

#[test]
fn sled_keeps_acknowledged_work() {
    let verdict = power_losses(Kind::Sled, None, 0x5EED_0001);
    assert!(verdict.problems.is_empty(), "{verdict:#?}");
}

#[test]
fn fjall_keeps_acknowledged_work() {
    let verdict = power_losses(Kind::Fjall, None, 0x5EED_0002);
    assert!(verdict.problems.is_empty(), "{verdict:#?}");
}

/// The proof that the test above can fail, and that our fsync is what makes it pass: sled's own `flush` is the
/// same in both, only fsyncs of its log do not count.
#[test]
fn without_the_fsync_of_its_log_sled_loses_acknowledged_work() {
    let verdict = power_losses(Kind::Sled, Some("/sled/db"), 0x5EED_0003);
    assert!(verdict.problems.len() > IMAGES / 4, "{verdict:#?}");
}

#[test]
fn without_the_fsync_of_its_journal_fjall_loses_acknowledged_work() {
    let verdict = power_losses(Kind::Fjall, Some(".jnl"), 0x5EED_0004);
    assert!(verdict.problems.len() > IMAGES / 4, "{verdict:#?}");
}
