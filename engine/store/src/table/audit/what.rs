//! What entries tell of: every word that this program writes, once.

/// The words, each with what it tells.
macro_rules! whats {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// What an entry tells of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum What {
            $($(#[$doc])* $name,)*
        }

        impl What {
            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word that entries have.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

whats! {
    /// Somebody signed in.
    SignIn = "sign-in",
    /// A wrong password, an unknown login, an account that is nobody's.
    SignInFailed = "sign-in-failed",
    /// A try while the login was locked.
    SignInLocked = "sign-in-locked",
    /// A login was locked after failed tries.
    Locked = "locked",
    /// A lock was ended by hand.
    Unlocked = "unlocked",
    /// Somebody signed out.
    SignOut = "sign-out",
    /// One session was ended.
    SessionEnded = "session-ended",
    /// Every session of somebody was ended.
    SignOutEverywhere = "sign-out-everywhere",
    /// Somebody got their first password.
    PasswordMade = "password-made",
    /// Somebody else gave somebody a password.
    PasswordReset = "password-reset",
    /// Somebody changed their password.
    PasswordChanged = "password-changed",
    /// An API key was made.
    KeyMade = "key-made",
    /// An API key was revoked.
    KeyRevoked = "key-revoked",
    /// An account of another system is good as a login.
    AccountLinked = "account-linked",
    /// It is no more.
    AccountUnlinked = "account-unlinked",
    /// Somebody began to look at the pages as somebody else.
    ViewAs = "view-as",
    /// They ended it.
    ViewAsEnded = "view-as-ended",
    /// Records that say who may do what, and where, were changed.
    PeopleChanged = "people-changed",
    /// A record was shared.
    Share = "share",
    /// A sharing was ended.
    Unshare = "unshare",
    /// What somebody had was handed over.
    Transfer = "transfer",
    /// What a record holds in sensitive fields was erased.
    Erase = "erase",
    /// Something was decided at an approval.
    Decision = "decision",
    /// Sensitive fields were shown to somebody.
    Read = "read",
    /// Something left as a file.
    Export = "export",
    /// More would have left on one day than may.
    ExportRefused = "export-refused",
    /// Somebody looked at this log.
    LogRead = "log-read",
    /// A backup was made.
    Backup = "backup",
    /// A backup was proved.
    BackupProved = "backup-proved",
    /// A backup was taken away as a file.
    BackupTaken = "backup-taken",
    /// The book was restored from a backup.
    Restored = "restored",
    /// The data key was changed.
    KeyChanged = "key-changed",
    /// A release went live.
    Release = "release",
    /// A change was handed in for a second person.
    ReleaseHandedIn = "release-handed-in",
    /// Its author took it back.
    ReleaseWithdrawn = "release-withdrawn",
    /// A second person approved it.
    ReleaseApproved = "release-approved",
    /// A second person refused it.
    ReleaseRefused = "release-refused",
    /// The account set was made.
    BookMade = "book-made",
    /// The account set was put away.
    BookArchived = "book-archived",
}

impl What {
    /// What a word tells of; `None` for one that this program does not write.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|what| what.word() == word)
    }
}
