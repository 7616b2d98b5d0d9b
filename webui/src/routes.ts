/** Which page an address means. One folder per page below `pages/`. */
import type { Component } from 'solid-js';
import AgentPage from './pages/agent';
import Agents from './pages/agents';
import AllocatorPage from './pages/allocator';
import Browse from './pages/browse';
import FindSandbox from './pages/browse/find';
import Events from './pages/events';
import { AgentFrameworkPage, ExecutorPage } from './pages/executors';
import { AgentFile, MasterLog } from './pages/file';
import FrameworkPage from './pages/framework';
import Frameworks from './pages/frameworks';
import Home from './pages/home';
import Offers from './pages/offers';
import Roles from './pages/roles';
import TaskPage from './pages/task';
import Tasks from './pages/tasks';
import Topology from './pages/topology';

export interface Route {
  /** Segments; one that begins with `:` takes anything. */
  pattern: string;
  page: Component;
  /** For the title of the window. */
  title: string;
}

export const ROUTES: Route[] = [
  { pattern: '', page: Home, title: 'Home' },
  { pattern: 'tasks', page: Tasks, title: 'Tasks' },
  { pattern: 'frameworks', page: Frameworks, title: 'Frameworks' },
  { pattern: 'frameworks/:framework', page: FrameworkPage, title: 'Framework' },
  { pattern: 'frameworks/:framework/tasks/:task', page: TaskPage, title: 'Task' },
  { pattern: 'agents', page: Agents, title: 'Agents' },
  { pattern: 'agents/:agent', page: AgentPage, title: 'Agent' },
  { pattern: 'agents/:agent/browse', page: Browse, title: 'Sandbox' },
  { pattern: 'agents/:agent/file', page: AgentFile, title: 'File' },
  { pattern: 'agents/:agent/frameworks/:framework', page: AgentFrameworkPage, title: 'Framework on an agent' },
  { pattern: 'agents/:agent/frameworks/:framework/executors/:executor', page: ExecutorPage, title: 'Executor' },
  { pattern: 'agents/:agent/frameworks/:framework/executors/:executor/browse', page: FindSandbox, title: 'Sandbox' },
  { pattern: 'agents/:agent/frameworks/:framework/executors/:executor/tasks/:task/browse', page: FindSandbox, title: 'Sandbox' },
  { pattern: 'offers', page: Offers, title: 'Offers' },
  { pattern: 'roles', page: Roles, title: 'Roles' },
  { pattern: 'allocator', page: AllocatorPage, title: 'Allocator' },
  { pattern: 'topology', page: Topology, title: 'Topology' },
  { pattern: 'events', page: Events, title: 'Events' },
  { pattern: 'log', page: MasterLog, title: 'Master log' },
];

export function matches(pattern: string, segments: string[]): boolean {
  const parts = pattern.split('/').filter(Boolean);
  return parts.length === segments.length && parts.every((part, index) => part.startsWith(':') || part === segments[index]);
}

export function route(segments: string[]): Route | undefined {
  return ROUTES.find((one) => matches(one.pattern, segments));
}
