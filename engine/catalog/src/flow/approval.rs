//! Approvals: resolved steps and exits.

use std::sync::Arc;

pub use formwork_definition::kind::approval::{Empty, Recall, Resubmit, Then};
use formwork_model::{approval::Need, length::Length, name::Name, source::Span, text::Text};

use crate::{effect::Effects, flow::Action, source::Program, timer::Calendar};

/// What an `approval` node does.
#[derive(Debug)]
pub struct Approval {
    /// The chain.
    pub steps: Vec<Step>,
    /// Where it goes when every step has passed.
    pub approved: Exit,
    /// Where it goes when a step failed.
    pub rejected: Exit,
    /// Where it goes when it is sent back to the submitter.
    pub returned: Option<Exit>,
    /// Where it goes when it is recalled, or a watched field changes.
    pub withdrawn: Option<Exit>,
    /// Fields whose change withdraws it.
    pub watch: Vec<Name>,
    /// What happens to passed steps when it comes again.
    pub resubmit: Resubmit,
    /// When the submitter can take it back.
    pub recall: Recall,
    /// Fields that lists of tasks show.
    pub show: Vec<Name>,
    /// The field that is compared with the greatest amount of a proxy.
    pub amount: Option<Name>,
    /// What counts the working time of its times.
    pub calendar: Calendar,
    /// When those who have not decided are reminded.
    pub remind: Option<Length>,
    /// When others are told, and who.
    pub escalate: Option<(Length, Vec<Approver>)>,
    /// How long a step may take, and what happens then.
    pub limit: Option<(Length, Then)>,
    /// Who gets a copy.
    pub cc: Vec<Approver>,
    /// What else can be done here.
    pub actions: Vec<Action>,
}

/// A way out.
#[derive(Debug)]
pub struct Exit {
    /// `approved`, `rejected`, ….
    pub word: &'static str,
    /// Where it was written.
    pub span: Span,
    /// The next nodes.
    pub to: Vec<Name>,
    /// What is done on the way.
    pub effects: Effects,
}

/// A step of the chain.
#[derive(Debug)]
pub struct Step {
    /// Its name, unique in the node.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Where it was written who decides.
    pub span: Span,
    /// Asked only when this holds.
    pub when: Option<Program>,
    /// Who decides.
    pub by: Vec<Approver>,
    /// How many must approve.
    pub need: Need,
    /// The submitter is left out rather than replaced by the supervisor.
    pub not_submitter: bool,
    /// Whoever approved before must not decide.
    pub not_earlier: bool,
    /// What happens when nobody is found.
    pub empty: Empty,
    /// Whoever has approved before passes at once.
    pub same_passes: bool,
    /// Of several people, those who decided before.
    pub familiar: bool,
    /// What whoever approves fills in.
    pub approve: Decision,
    /// What whoever rejects fills in.
    pub reject: Decision,
}

/// What is filled in with a decision.
#[derive(Debug, Default)]
pub struct Decision {
    /// The form that is filled in.
    pub form: Option<Name>,
    /// Fields that must not be empty.
    pub require: Vec<Name>,
}

/// Who decides.
#[derive(Debug)]
pub enum Approver {
    /// The user in this field.
    Field(Name),
    /// The user with this login.
    User(Arc<str>),
    /// Who created the record.
    Creator,
    /// Whoever has this role, within what these fields of the record say.
    Role(Name, Vec<(Dimension, Name)>),
    /// The head of the department in this field.
    Head(Name),
    /// The n-th supervisor of the submitter, from 1.
    Supervisor(u32),
    /// Every supervisor of the submitter up to the first with this role.
    Supervisors(Name),
    /// Whom the submitter chose.
    Chosen,
    /// An expression that gives logins.
    Program(Program),
}

/// What the holders of a role are narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// The department and those above it.
    Department,
    /// The territory.
    Territory,
    /// The product line.
    ProductLine,
    /// The partner.
    Partner,
}

impl Dimension {
    /// The dimension that records of the system object `object` stand for.
    pub fn of(object: &str) -> Option<Self> {
        match object {
            "department" => Some(Self::Department),
            "territory" => Some(Self::Territory),
            "product_line" => Some(Self::ProductLine),
            "partner" => Some(Self::Partner),
            _ => None,
        }
    }
}

impl Approval {
    /// The ways out that there are.
    pub fn exits(&self) -> impl Iterator<Item = &Exit> {
        [&self.approved, &self.rejected].into_iter().chain(&self.returned).chain(&self.withdrawn)
    }

    /// The step called `name`, with its position.
    pub fn step(&self, name: Name) -> Option<(u32, &Step)> {
        (0..).zip(&self.steps).find(|(_, step)| step.name == name)
    }

    /// The steps whose people the submitter chooses.
    pub fn chosen(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.by.iter().any(|by| matches!(by, Approver::Chosen)))
    }
}
