//! Maintenance: planned absences and inverse offers. Compat: ALC-27, ALC-28.

use crate::{
    Allocator,
    agents::Maintenance,
    event::{InverseAnswer, Unavailability},
    filter::refusal,
};
use mesos_model::{AgentId, FrameworkId, Instant};

impl Allocator {
    pub(crate) fn on_unavailability_updated(
        &mut self,
        now: Instant,
        id: &AgentId,
        unavailability: Option<Unavailability>,
    ) {
        let Some(agent) = self.books.agent_numbers.get(id) else {
            return;
        };
        let frameworks: Vec<_> = self.books.frameworks.numbers().collect();
        for framework in frameworks {
            self.books.frameworks[framework]
                .inverse_filters
                .remove(&agent);
        }
        self.books.agents[agent].maintenance = unavailability.map(Maintenance::new);
        self.trigger(now, agent);
    }

    pub(crate) fn on_inverse_offer_updated(
        &mut self,
        now: Instant,
        agent: &AgentId,
        framework: &FrameworkId,
        answer: Option<InverseAnswer>,
        refuse_seconds: Option<f64>,
    ) {
        let (Some(agent), Some(framework)) = (
            self.books.agent_numbers.get(agent),
            self.books.framework_numbers.get(framework),
        ) else {
            return;
        };
        let Some(maintenance) = &mut self.books.agents[agent].maintenance else {
            return;
        };
        maintenance.outstanding.remove(&framework);
        if let Some(answer) = answer {
            maintenance.answers.insert(framework, answer);
        }
        if let Some(refusal) = refusal(refuse_seconds) {
            let filters = &mut self.books.frameworks[framework].inverse_filters;
            let until = filters.entry(agent).or_insert(Instant::ZERO);
            *until = (*until).max(now + refusal);
        }
    }

    /// What frameworks answered about the planned absence of an agent.
    pub fn inverse_answers(&self, agent: &AgentId) -> Vec<(FrameworkId, InverseAnswer)> {
        let Some(agent) = self.books.agent_numbers.get(agent) else {
            return Vec::new();
        };
        let maintenance = self.books.agents[agent].maintenance.iter();
        let answers = maintenance.flat_map(|maintenance| &maintenance.answers);
        answers
            .map(|(no, answer)| (self.books.frameworks[*no].id.clone(), *answer))
            .collect()
    }
}
