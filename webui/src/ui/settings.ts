/** What a person has chosen, kept in the browser. */
import { createEffect, createSignal } from 'solid-js';

function kept<T extends string>(name: string, values: readonly T[]): [() => T, (value: T) => void] {
  let first = values[0] as T;
  try {
    const found = localStorage.getItem(name) as T | null;
    if (found && values.includes(found)) first = found;
  } catch {
    // Storage may be forbidden; then a choice lasts as long as the page.
  }
  const [value, setValue] = createSignal<T>(first);
  const set = (next: T) => {
    setValue(() => next);
    try {
      localStorage.setItem(name, next);
    } catch {
      // As above.
    }
  };
  return [value, set];
}

export const [theme, setTheme] = kept('mesos.theme', ['auto', 'light', 'dark'] as const);
export const [times, setTimes] = kept('mesos.times', ['relative', 'iso'] as const);
export const [wrap, setWrap] = kept('mesos.wrap', ['on', 'off'] as const);

const preference = matchMedia('(prefers-color-scheme: dark)');
const [systemDark, setSystemDark] = createSignal(preference.matches);
preference.addEventListener('change', () => setSystemDark(preference.matches));

/** Whether dark colours are shown now, whoever decided it. */
export const dark = () => (theme() === 'auto' ? systemDark() : theme() === 'dark');

export function start(): void {
  createEffect(() => {
    document.documentElement.dataset.theme = dark() ? 'dark' : 'light';
  });
}
