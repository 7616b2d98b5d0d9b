/** The frame around every page: the bar, the banner, the search, and which page it is. */
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show, type JSX } from 'solid-js';
import { Dynamic } from 'solid-js/web';
import { epoch, outage, tryNow } from './api/client';
import { restart, streaming } from './api/events';
import { clusterName, overview, refreshOverview } from './api/overview';
import { place } from './router';
import { route } from './routes';
import { Search } from './search';
import { Empty, Icon, now } from './ui/basics';
import * as settings from './ui/settings';

const NAVIGATION: [string, string][] = [
  ['', 'Home'],
  ['tasks', 'Tasks'],
  ['frameworks', 'Frameworks'],
  ['agents', 'Agents'],
  ['offers', 'Offers'],
  ['roles', 'Roles'],
  ['allocator', 'Allocator'],
  ['topology', 'Topology'],
  ['events', 'Events'],
];

export function App(): JSX.Element {
  const [searching, setSearching] = createSignal(false);
  const current = createMemo(() => route(place().segments));
  settings.start();

  createEffect(() => {
    const words = [current()?.title, clusterName() === '(Unnamed)' ? '' : clusterName(), 'Mesos'];
    document.title = [...new Set(words.filter(Boolean))].join(' · ');
  });
  createEffect(
    on(epoch, () => {
      restart();
      refreshOverview();
    }, { defer: true }),
  );
  onMount(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      setSearching(true);
    };
    addEventListener('keydown', pressed);
    onCleanup(() => removeEventListener('keydown', pressed));
  });
  // The same page with another id is made anew: nothing of the former one may stay.
  const identity = createMemo(() => place().path);

  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>
        Skip to content
      </a>
      <Bar search={() => setSearching(true)} />
      <Banner />
      <main id="main" tabindex="-1">
        <Show when={identity()} keyed>
          <Show when={current()} fallback={<Empty title="There is no such page"><p><a href="#/">Back to the home page</a></p></Empty>}>
            {(found) => <Dynamic component={found().page} />}
          </Show>
        </Show>
      </main>
      <Show when={searching()}>
        <Search close={() => setSearching(false)} />
      </Show>
    </>
  );
}

function Bar(props: { search: () => void }): JSX.Element {
  const here = () => place().segments[0] ?? '';
  const nextTheme = { auto: 'light', light: 'dark', dark: 'auto' } as const;
  return (
    <header class="bar-top">
      <a class="brand" href="#/">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 2.5h5.5v5.5H2zM8.5 2.5H14v5.5H8.5zM2 9h5.5v4.5H2z" />
          <path class="accent" d="M8.5 9H14v4.5H8.5z" />
        </svg>
        <span>{overview()?.cluster ?? 'Mesos'}</span>
      </a>
      <nav aria-label="Pages">
        <For each={NAVIGATION}>
          {([name, title]) => (
            <a href={`#/${name}`} aria-current={here() === name ? 'page' : undefined}>
              {title}
            </a>
          )}
        </For>
      </nav>
      <span class="spring" />
      <button type="button" class="find" onClick={() => props.search()} aria-keyshortcuts="/">
        <Icon name="search" />
        <span>Search</span>
        <kbd>/</kbd>
      </button>
      <span class="live" data-live={outage() ? 'lost' : streaming() ? 'yes' : 'no'} title={streaming() ? 'Changes appear as they happen' : 'Read again every few seconds'}>
        <span class="visually-hidden">{outage() ? 'The master does not answer' : 'Live'}</span>
      </span>
      <button
        type="button"
        class="quiet"
        title={`Times are ${settings.times() === 'relative' ? 'relative' : 'exact'}`}
        aria-label="Exact times"
        aria-pressed={settings.times() === 'iso'}
        onClick={() => settings.setTimes(settings.times() === 'iso' ? 'relative' : 'iso')}
      >
        <Icon name="clock" />
      </button>
      <button
        type="button"
        class="quiet"
        title={`Colours: ${settings.theme()}`}
        aria-label={`Colours: ${settings.theme()}, switch to ${nextTheme[settings.theme()]}`}
        onClick={() => settings.setTheme(nextTheme[settings.theme()])}
      >
        <Icon name={settings.dark() ? 'moon' : 'sun'} />
        <Show when={settings.theme() === 'auto'}>
          <small>auto</small>
        </Show>
      </button>
    </header>
  );
}

function Banner(): JSX.Element {
  const wait = () => Math.max(0, Math.ceil((outage()?.retryAt ?? 0) / 1000 - now()));
  return (
    <div role="status" aria-live="polite">
      <Show when={outage()}>
        {(gone) => (
          <div class="banner" data-testid="outage">
            <b>The master is gone.</b> <span>{gone().text} What you see is from before; it is brought up to date as soon as the master is back.</span>
            <span class="spring" />
            <span class="count">{gone().retryAt ? `next try in ${wait()} s` : 'trying…'}</span>
            <button type="button" class="button" onClick={() => tryNow()}>
              Try now
            </button>
          </div>
        )}
      </Show>
    </div>
  );
}
