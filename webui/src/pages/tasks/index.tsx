/** `#/tasks`: every task of the cluster. */
import { Show, type JSX } from 'solid-js';
import { overview } from '../../api/overview';
import { place } from '../../router';
import { Head } from '../../ui/basics';
import type { Tab } from '../../ui/list';
import { TaskList } from './list';

const ENDED = ['FINISHED', 'FAILED', 'KILLED', 'LOST', 'ERROR', 'DROPPED', 'GONE', 'GONE_BY_OPERATOR'];

/** How many tasks are in which of the three lists. */
export function taskCounts(): { active?: number; unreachable?: number; completed?: number } {
  const counts = overview()?.tasks;
  if (!counts) return {};
  const sum = (names: string[]) => names.reduce((total, name) => total + (counts[name] ?? 0), 0);
  return { active: sum(['STAGING', 'STARTING', 'RUNNING', 'KILLING']), unreachable: counts['UNREACHABLE'] ?? 0, completed: sum(ENDED) };
}

export function taskTabs(): Tab[] {
  const counts = taskCounts();
  return [
    { value: 'active', title: 'Active', count: counts.active },
    { value: 'unreachable', title: 'Unreachable', count: counts.unreachable },
    { value: 'completed', title: 'Completed' },
  ];
}

export default function Tasks(): JSX.Element {
  const tab = () => place().query['state'] ?? 'active';
  const tabs = (): Tab[] => [...taskTabs(), { value: 'TASK_FAILED', title: 'Failed' }, { value: 'TASK_RUNNING', title: 'Running' }];
  return (
    <>
      <Head title="Tasks" sub="A task is a program that a framework runs on an agent." />
      <Show when={place().query['role']}>
        {(role) => (
          <p class="note">
            Only tasks of role <b>{role()}</b>. <a href="#/tasks">Show all</a>
          </p>
        )}
      </Show>
      <TaskList tabs={tabs()} tab={tab()} {...(place().query['role'] ? { role: place().query['role'] as string } : {})} />
    </>
  );
}
