//! The `tracing` subscriber that feeds the sink.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

use super::{Logging, Severity};

/// Crates whose verbose lines can be shown; of others only info and above are.
const OWN_TARGETS: &str = "mesos";

pub(super) fn subscriber(logging: Logging) -> impl Subscriber + Send + Sync {
    tracing_subscriber::registry().with(GlogLayer { logging })
}

struct GlogLayer {
    logging: Logging,
}

/// The verbose level from which on lines of this tracing level are written.
fn verbosity(level: Level) -> i32 {
    match level {
        Level::DEBUG => 1,
        Level::TRACE => 2,
        _ => 0,
    }
}

fn severity(level: Level) -> Severity {
    match level {
        Level::ERROR => Severity::Error,
        Level::WARN => Severity::Warning,
        _ => Severity::Info,
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with(OWN_TARGETS) || *metadata.level() <= Level::INFO
}

impl<S: Subscriber> Layer<S> for GlogLayer {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if !is_ours(metadata) {
            return Interest::never();
        }
        // The verbose level changes at run time, so such callsites are asked each time.
        if verbosity(*metadata.level()) > 0 {
            Interest::sometimes()
        } else {
            Interest::always()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let verbosity = verbosity(*metadata.level());
        is_ours(metadata) && (verbosity == 0 || verbosity <= self.logging.level())
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut text = Text::default();
        event.record(&mut text);
        let file = metadata.file().unwrap_or("unknown.rs");
        let line = metadata.line().unwrap_or(0);
        self.logging
            .write(severity(*metadata.level()), file, line, &text.finish());
    }
}

/// The message, and other fields behind it.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn finish(mut self) -> String {
        self.message.push_str(&self.fields);
        self.message
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let written = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.record_debug(field, &value);
        }
    }
}
