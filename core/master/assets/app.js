// The first look at a cluster: polls /overview, opens sandboxes through the master's /agent route.
"use strict";

const POLL_MS = 2000;
const READ_BYTES = 65536;
const STATE_CLASS = {
  TASK_RUNNING: "good", TASK_FINISHED: "good",
  TASK_STAGING: "busy", TASK_STARTING: "busy", TASK_KILLING: "busy",
  TASK_KILLED: "calm",
};

const element = (id) => document.getElementById(id);

/** Builds a node; strings become text nodes, so nothing of the cluster's is read as markup. */
function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") made.addEventListener("click", value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value);
  }
  for (const child of children.flat()) made.append(child ?? "");
  return made;
}

function ago(seconds, now) {
  if (!seconds) return "";
  const passed = Math.max(0, now - seconds);
  if (passed < 60) return `${Math.floor(passed)} s ago`;
  if (passed < 3600) return `${Math.floor(passed / 60)} min ago`;
  if (passed < 86400) return `${Math.floor(passed / 3600)} h ago`;
  return `${Math.floor(passed / 86400)} days ago`;
}

const amount = (value) => (value ?? 0).toLocaleString("en", { maximumFractionDigits: 1 });
const megabytes = (value) => ((value ?? 0) >= 1024 ? `${amount(value / 1024)} GB` : `${amount(value)} MB`);

function bytes(value) {
  const units = ["B", "kB", "MB", "GB"];
  let at = 0;
  let left = value;
  while (left >= 1000 && at < units.length - 1) { left /= 1000; at += 1; }
  return `${at ? left.toFixed(1) : left} ${units[at]}`;
}

function fill(table, heads, rows, empty) {
  const head = node("thead", {}, node("tr", {}, heads.map(([text, kind]) => node("th", { class: kind, scope: "col" }, text))));
  const body = node("tbody");
  for (const row of rows) body.append(node("tr", {}, row));
  if (rows.length === 0) body.append(node("tr", {}, node("td", { class: "empty", colspan: heads.length }, empty)));
  table.replaceChildren(head, body);
}

const cell = (text, kind) => node("td", { class: kind }, text);
const stateCell = (state) => node("td", { class: `state ${STATE_CLASS[state] ?? "bad"}` }, state.replace("TASK_", ""));

function meterCard(title, part, show) {
  const total = part?.total ?? 0;
  const share = (value) => `width:${total ? Math.min(100, (100 * value) / total) : 0}%`;
  return node("div", { class: "card" },
    node("h3", {}, title),
    node("strong", {}, show(part?.used)), ` of ${show(total)}`,
    node("div", { class: "meter", title: `${show(part?.offered)} offered` },
      node("i", { style: share(part?.used ?? 0) }), node("i", { style: share(part?.offered ?? 0) })));
}

function countCard(title, value, detail) {
  return node("div", { class: "card" }, node("h3", {}, title), node("strong", {}, String(value)), node("p", {}, detail));
}

function showHead(view) {
  const name = view.cluster || "Mesos";
  document.title = `${name}: ${view.counts.tasks_active} active tasks`;
  element("cluster").textContent = name;
  const facts = [
    ["Leader", `${view.leader.hostname}:${view.leader.port}`],
    ["Version", view.version],
    ["Elected", ago(view.elected_time, view.now)],
  ];
  element("leader").replaceChildren(...facts.map(([key, value]) => node("div", {}, node("dt", {}, key), node("dd", {}, value))));
}

function showCards(view) {
  const counts = view.counts;
  element("cards").replaceChildren(
    countCard("Agents", counts.agents_active, `${counts.agents_inactive} inactive, ${counts.agents_unreachable} unreachable`),
    countCard("Frameworks", counts.frameworks_active, `${counts.frameworks_inactive} inactive, ${counts.frameworks_completed} completed`),
    countCard("Active tasks", counts.tasks_active, `${counts.tasks_completed} completed`),
    meterCard("CPUs", view.totals.cpus, amount),
    meterCard("Memory", view.totals.mem, megabytes),
    meterCard("Disk", view.totals.disk, megabytes));
}

function taskRow(task, now) {
  const open = node("button", { onclick: () => openSandbox(task) }, "Sandbox");
  return [
    node("td", {}, node("code", {}, task.id), task.name !== task.id ? node("div", { class: "calm" }, task.name) : ""),
    cell(task.framework_name), stateCell(task.state),
    cell(task.message ?? "", "message"), cell(ago(task.changed_time, now)), cell(task.agent_hostname ?? ""), node("td", {}, open),
  ];
}

function showTasks(view) {
  const heads = [["Task"], ["Framework"], ["State"], ["Message"], ["Changed"], ["Agent"], [""]];
  fill(element("tasks"), heads, view.tasks.map((task) => taskRow(task, view.now)), "No task is active. A framework that accepts an offer makes one.");
  fill(element("completed"), heads, view.completed_tasks.map((task) => taskRow(task, view.now)), "No task has completed yet.");
  const shown = (list, all) => (list.length < all ? `${list.length} newest of ${all}` : String(all));
  element("tasks-count").textContent = shown(view.tasks, view.counts.tasks_active);
  element("completed-count").textContent = shown(view.completed_tasks, view.counts.tasks_completed);
}

function showAgents(view) {
  const heads = [["Agent"], ["Host"], ["State"], ["Tasks", "num"], ["CPUs", "num"], ["Memory", "num"], ["Disk", "num"], ["Registered"]];
  const rows = view.agents.map((agent) => [
    node("td", {}, node("code", {}, agent.id)), cell(`${agent.hostname}:${agent.port}`),
    node("td", { class: `state ${agent.active ? "good" : "bad"}` }, agent.active ? "active" : "inactive"),
    cell(amount(agent.tasks), "num"),
    cell(`${amount(agent.used.cpus)} of ${amount(agent.total.cpus)}`, "num"),
    cell(`${megabytes(agent.used.mem)} of ${megabytes(agent.total.mem)}`, "num"),
    cell(`${megabytes(agent.used.disk)} of ${megabytes(agent.total.disk)}`, "num"),
    cell(ago(agent.registered_time, view.now)),
  ]);
  fill(element("agents"), heads, rows, "No agent has registered. Start one with --master set to this master.");
  const all = view.counts.agents_active + view.counts.agents_inactive;
  element("agents-count").textContent = rows.length < all ? `${rows.length} of ${all}` : String(all);
}

function frameworkName(framework) {
  const target = framework.webui_url ?? "";
  if (!/^https?:\/\//.test(target)) return framework.name;
  return node("a", { href: target, rel: "noreferrer" }, framework.name);
}

function showFrameworks(view) {
  const heads = [["Framework"], ["Name"], ["User"], ["Roles"], ["State"], ["Active tasks", "num"], ["CPUs", "num"], ["Memory", "num"], ["Registered"]];
  const rows = view.frameworks.map((framework) => {
    const [word, kind] = framework.completed ? ["completed", "calm"]
      : framework.active ? ["active", "good"] : framework.connected ? ["inactive", "busy"] : ["disconnected", "bad"];
    return [
      node("td", {}, node("code", {}, framework.id)), node("td", {}, frameworkName(framework)), cell(framework.user), cell(framework.roles.join(", ")),
      node("td", { class: `state ${kind}` }, word), cell(amount(framework.tasks_active), "num"),
      cell(amount(framework.used.cpus), "num"), cell(megabytes(framework.used.mem), "num"), cell(ago(framework.registered_time, view.now)),
    ];
  });
  fill(element("frameworks"), heads, rows, "No framework has registered.");
  element("frameworks-count").textContent = String(rows.length);
}

function showLive(up, text) {
  document.querySelector(".dot").className = `dot ${up ? "up" : "down"}`;
  element("live-text").textContent = text;
}

async function poll() {
  try {
    const answer = await fetch("overview", { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Error(`the master answers ${answer.status}`);
    const view = await answer.json();
    showHead(view); showCards(view); showTasks(view); showAgents(view); showFrameworks(view);
    showLive(true, "live");
  } catch (error) {
    showLive(false, `no answer from the master, trying again (${error.message})`);
  }
  setTimeout(poll, POLL_MS);
}

let sandboxRoot = null;
let following = 0;

function openSandbox(task) {
  const executor = task.executor_id || task.id;
  sandboxRoot = {
    agent: `agent/${encodeURIComponent(task.agent_id)}/files`,
    path: `/frameworks/${task.framework_id}/executors/${executor}/runs/latest`,
  };
  element("sandbox-title").textContent = `Sandbox of ${task.id}`;
  element("sandbox").showModal();
  browse("");
}

function showCrumbs(parts, isFile) {
  const crumbs = [node("button", { onclick: () => browse("") }, "sandbox")];
  parts.forEach((part, at) => {
    const last = at === parts.length - 1;
    const inner = parts.slice(0, at + 1).join("/");
    crumbs.push(" / ", last && isFile ? part : node("button", { onclick: () => browse(inner) }, part));
  });
  element("crumbs").replaceChildren(...crumbs);
}

function address(verb, inner, more = "") {
  const path = inner ? `${sandboxRoot.path}/${inner}` : sandboxRoot.path;
  return `${sandboxRoot.agent}/${verb}?path=${encodeURIComponent(path)}${more}`;
}

async function ask(verb, inner, more = "") {
  const answer = await fetch(address(verb, inner, more));
  if (!answer.ok) throw new Error(answer.status === 404 ? "it is not there (any more)" : `the answer is ${answer.status}`);
  return answer.json();
}

function showFailure(error) {
  element("sandbox-body").replaceChildren(node("p", { class: "bad" }, `This cannot be shown: ${error.message}.`));
}

async function browse(inner) {
  following += 1;
  showCrumbs(inner ? inner.split("/") : [], false);
  try {
    const entries = await ask("browse", inner);
    const table = node("table");
    const rows = entries.map((entry) => {
      const name = entry.path.split("/").pop();
      const inside = inner ? `${inner}/${name}` : name;
      const folder = entry.mode.startsWith("d");
      const open = node("button", { onclick: () => (folder ? browse(inside) : readFile(inside)) }, folder ? `${name}/` : name);
      const save = folder ? "" : node("a", { href: address("download", inside), download: name }, "Download");
      return [node("td", {}, open), cell(entry.mode), cell(entry.uid), cell(folder ? "" : bytes(entry.size), "num"), node("td", {}, save)];
    });
    fill(table, [["Name"], ["Mode"], ["Owner"], ["Size", "num"], [""]], rows, "This folder is empty.");
    element("sandbox-body").replaceChildren(table);
  } catch (error) { showFailure(error); }
}

const sizeOf = async (inner) => (await ask("read", inner, "&offset=-1")).offset;

/**
 * Shows the end of a file and follows what is appended while it is open. A part's text is not the
 * file's bytes where they are not UTF-8, so the file's own size says how far a short part reached.
 */
async function readFile(inner) {
  following += 1;
  const mine = following;
  showCrumbs(inner.split("/"), true);
  const text = node("pre");
  element("sandbox-body").replaceChildren(text);
  try {
    let size = await sizeOf(inner);
    let at = Math.max(0, size - READ_BYTES);
    if (at > 0) text.append(`… the first ${bytes(at)} are left out …\n`);
    while (mine === following && element("sandbox").open) {
      const length = Math.min(READ_BYTES, size - at);
      if (length > 0) {
        const part = await ask("read", inner, `&offset=${at}&length=${length}`);
        if (mine !== following) return;
        text.append(part.data);
        at += length;
        text.parentElement.scrollTop = text.parentElement.scrollHeight;
      } else {
        await new Promise((wake) => setTimeout(wake, 1000));
        size = await sizeOf(inner);
        if (size < at) { text.append("\n… the file was cut, from its start …\n"); at = 0; }
      }
    }
  } catch (error) { if (mine === following) showFailure(error); }
}

element("sandbox-close").addEventListener("click", () => element("sandbox").close());
element("sandbox").addEventListener("close", () => { following += 1; });
poll();
