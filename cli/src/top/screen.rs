//! `mesos top` on a terminal, which is as it was before however the program ends.

use super::plain;
use super::sample::{Picture, Sampler, TaskLine};
use crate::failure::Failure;
use crate::http::pause;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Cell, Gauge, Paragraph, Row, Table};
use ratatui::{DefaultTerminal, Frame};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Duration;

/// How long a key or a signal may wait.
const TICK: Duration = Duration::from_millis(100);
const PAGE: usize = 10;

/// Puts the terminal back when it goes, in whatever way.
struct Restore;

impl Drop for Restore {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// A look, or why there is none.
type Look = Result<Picture, String>;

/// Runs until a key or a signal ends it.
pub fn run(mut sampler: Sampler, interval: Duration) -> Result<(), Failure> {
    // Before anything is shown: what cannot be shown is told on the terminal as it is.
    let first = sampler.look()?;
    let (looks, seen) = sync_channel::<Look>(1);
    std::thread::spawn(move || {
        loop {
            pause(interval);
            let look = sampler.look().map_err(|failure| failure.text().to_owned());
            if looks.send(look).is_err() {
                return;
            }
        }
    });
    let ended = ends_by_signal()?;
    let mut screen = Screen {
        picture: first,
        complaint: None,
        by_memory: false,
        top: 0,
    };
    let terminal = ratatui::try_init()?;
    let restore = Restore;
    let result = screen.show(terminal, &seen, &ended);
    drop(restore);
    result
}

/// Set by the signals that end a program.
fn ends_by_signal() -> Result<Arc<AtomicBool>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let ended = Arc::new(AtomicBool::new(false));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let flag = Arc::clone(&ended);
    let (mut terminate, mut hangup, mut interrupt) = runtime.block_on(async {
        let one = |kind| signal(kind);
        Ok::<_, std::io::Error>((
            one(SignalKind::terminate())?,
            one(SignalKind::hangup())?,
            one(SignalKind::interrupt())?,
        ))
    })?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        flag.store(true, Ordering::Release);
    });
    Ok(ended)
}

struct Screen {
    picture: Picture,
    complaint: Option<String>,
    by_memory: bool,
    /// The first task that is shown.
    top: usize,
}

impl Screen {
    fn show(
        &mut self,
        mut terminal: DefaultTerminal,
        looks: &Receiver<Look>,
        ended: &AtomicBool,
    ) -> Result<(), Failure> {
        let mut changed = true;
        while !ended.load(Ordering::Acquire) {
            if changed {
                terminal.draw(|frame| self.draw(frame))?;
            }
            changed = self.take(looks);
            if event::poll(TICK)? {
                changed = true;
                if let Event::Key(key) = event::read()?
                    && key.kind != KeyEventKind::Release
                    && self.is_end(key)
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Whether there is something new.
    fn take(&mut self, looks: &Receiver<Look>) -> bool {
        match looks.try_recv() {
            Ok(Ok(picture)) => {
                self.picture = picture;
                self.complaint = None;
                true
            }
            Ok(Err(reason)) => {
                self.complaint = Some(reason);
                true
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => false,
        }
    }

    /// Does what the key says; whether it ends the program.
    fn is_end(&mut self, key: KeyEvent) -> bool {
        let last = self.picture.task_lines.len().saturating_sub(1);
        match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return true,
            KeyCode::Char('q') | KeyCode::Esc => return true,
            KeyCode::Char('c') => self.by_memory = false,
            KeyCode::Char('m') => self.by_memory = true,
            KeyCode::Up => self.top = self.top.saturating_sub(1),
            KeyCode::Down => self.top = (self.top + 1).min(last),
            KeyCode::PageUp => self.top = self.top.saturating_sub(PAGE),
            KeyCode::PageDown => self.top = (self.top + PAGE).min(last),
            KeyCode::Home => self.top = 0,
            _ => {}
        }
        false
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        let order = |line: &TaskLine| {
            let amount = if self.by_memory { line.mem } else { line.cpus };
            amount.used.unwrap_or(-1.0)
        };
        self.picture
            .task_lines
            .sort_by(|a, b| order(b).total_cmp(&order(a)));
        self.top = self
            .top
            .min(self.picture.task_lines.len().saturating_sub(1));
        let agents = u16::try_from(self.picture.agent_lines.len()).unwrap_or(u16::MAX);
        let third = frame.area().height / 3;
        let areas = Layout::vertical([
            Constraint::Length(2),
            Constraint::Length(2),
            Constraint::Length(agents.saturating_add(2).min(third.max(3))),
            Constraint::Min(2),
            Constraint::Length(1),
        ])
        .split(frame.area());
        self.draw_head(frame, areas[0], areas[1]);
        let agent_rows = plain::agent_rows(&self.picture);
        table(
            frame,
            areas[2],
            &plain::AGENT_TITLES,
            agent_rows.iter().map(|row| &row[..]),
        );
        let task_rows = plain::task_rows(&self.picture);
        let shown = task_rows.iter().skip(self.top).map(|row| &row[..]);
        table(frame, areas[3], &plain::TASK_TITLES, shown);
        self.draw_foot(frame, areas[4]);
    }

    fn draw_head(&self, frame: &mut Frame<'_>, head: Rect, gauges: Rect) {
        let lines: Vec<Line<'_>> = plain::head(&self.picture)
            .into_iter()
            .take(2)
            .map(Line::from)
            .collect();
        frame.render_widget(Paragraph::new(lines), head);
        let rows = Layout::vertical([Constraint::Length(1), Constraint::Length(1)]).split(gauges);
        let bars = [("CPUs", self.picture.cpus), ("Memory", self.picture.mem)];
        for ((name, amount), area) in bars.into_iter().zip(rows.iter()) {
            let ratio = match amount.total > 0.0 {
                true => (amount.allocated / amount.total).clamp(0.0, 1.0),
                false => 0.0,
            };
            let used = match name {
                "CPUs" => plain::used(amount),
                _ => plain::used_mb(amount),
            };
            let label = format!(
                "{name}: {} allocated of {}, {used} used",
                amount.allocated, amount.total
            );
            let gauge = Gauge::default()
                .ratio(ratio)
                .label(label)
                .gauge_style(Style::new().fg(Color::Blue));
            frame.render_widget(gauge, *area);
        }
    }

    fn draw_foot(&self, frame: &mut Frame<'_>, area: Rect) {
        let line = match &self.complaint {
            Some(reason) => Line::styled(
                format!("{reason}; trying again"),
                Style::new().fg(Color::Red),
            ),
            None => {
                let order = if self.by_memory { "memory" } else { "CPU" };
                Line::styled(
                    format!("q quit   c/m sort by CPU or memory (now {order})   ↑↓ tasks"),
                    Style::new().add_modifier(Modifier::DIM),
                )
            }
        };
        frame.render_widget(Paragraph::new(line), area);
    }
}

/// Columns as wide as their longest cell, the first takes what is left.
fn table<'a>(
    frame: &mut Frame<'_>,
    area: Rect,
    titles: &[&'static str],
    rows: impl Iterator<Item = &'a [String]> + Clone,
) {
    let widths = titles.iter().enumerate().map(|(column, title)| {
        let cells = rows.clone().take(usize::from(area.height));
        let cells = cells.filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        let widest = u16::try_from(widest.max(title.len())).unwrap_or(u16::MAX);
        match column {
            0 => Constraint::Min(widest.min(area.width / 2)),
            _ => Constraint::Length(widest),
        }
    });
    let header = Row::new(titles.iter().map(|&title| Cell::from(title)));
    let bold = Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED);
    let shown = rows
        .clone()
        .take(usize::from(area.height))
        .map(|row| Row::new(row.iter().map(|cell| Cell::from(cell.as_str()))));
    let widget = Table::new(shown, widths).header(header.style(bold));
    frame.render_widget(widget, area);
}

#[cfg(test)]
mod tests {
    use super::super::sample::tests::example;
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn screen() -> Screen {
        Screen {
            picture: example(),
            complaint: None,
            by_memory: false,
            top: 0,
        }
    }

    fn drawn(screen: &mut Screen) -> String {
        let mut terminal = Terminal::new(TestBackend::new(90, 16)).unwrap();
        terminal.draw(|frame| screen.draw(frame)).unwrap();
        format!("{}", terminal.backend())
    }

    #[test]
    fn agents_and_tasks_are_on_the_screen() {
        let text = drawn(&mut screen());
        for wanted in [
            "leading master h:5050",
            "RUNNING",
            "1 allocated of 8",
            "q quit",
        ] {
            assert!(text.contains(wanted), "{wanted}:\n{text}");
        }
    }

    #[test]
    fn a_master_that_went_away_is_told_of_until_it_is_back() {
        let (looks, seen) = sync_channel(1);
        let mut screen = screen();
        looks.send(Err("nobody answers".to_owned())).unwrap();
        assert!(screen.take(&seen));
        assert!(drawn(&mut screen).contains("nobody answers; trying again"));
        looks.send(Ok(example())).unwrap();
        assert!(screen.take(&seen) && !screen.take(&seen));
        assert!(!drawn(&mut screen).contains("trying again"));
    }

    #[test]
    fn keys_move_sort_and_end() {
        let mut screen = screen();
        let key = |code| KeyEvent::new(code, KeyModifiers::NONE);
        assert!(!screen.is_end(key(KeyCode::Char('m'))) && screen.by_memory);
        assert!(!screen.is_end(key(KeyCode::Down)));
        assert_eq!(screen.top, 0, "there is one task only");
        assert!(screen.is_end(key(KeyCode::Char('q'))));
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert!(screen.is_end(interrupt));
    }
}
