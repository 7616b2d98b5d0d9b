/** How much of something is in use: a bar, and the numbers beside it. */
import { For, Show, type JSX } from 'solid-js';
import type { Amounts, Usage } from '../api/types';
import { amount, KIND_NAMES, KINDS, percent, type Kind } from './format';

function part(value: number, total: number): string {
  return `${total > 0 ? Math.min(100, Math.max(0, (100 * value) / total)) : 0}%`;
}

export function Bar(props: { allocated: number; offered?: number; total: number; label: string }): JSX.Element {
  return (
    <span class="bar" role="img" aria-label={props.label}>
      <span class="bar-used" style={{ width: part(props.allocated, props.total) }} />
      <span class="bar-offered" style={{ width: part(props.offered ?? 0, props.total) }} />
    </span>
  );
}

/** For a cell of a table: `1.5 / 4` above a thin bar. */
export function Share(props: { usage: Usage; kind: Kind }): JSX.Element {
  const used = () => props.usage.allocated[props.kind];
  const total = () => props.usage.total[props.kind];
  const text = () => `${amount(props.kind, used())} / ${amount(props.kind, total())}`;
  return (
    <Show when={total() > 0 || used() > 0} fallback={<span class="faint">–</span>}>
    <span class="share" title={`${text()} allocated, ${amount(props.kind, props.usage.offered[props.kind])} offered`}>
      <span>{text()}</span>
      <Bar
        allocated={used()}
        offered={props.usage.offered[props.kind]}
        total={total()}
        label={`${percent(total() ? used() / total() : 0)} allocated`}
      />
    </span>
    </Show>
  );
}

/** One block per kind of resource with all four numbers. */
export function Totals(props: { usage: Usage | undefined }): JSX.Element {
  const of = (part: keyof Usage, kind: Kind) => props.usage?.[part][kind] ?? 0;
  const idle = (kind: Kind) => of('total', kind) - of('allocated', kind) - of('offered', kind);
  return (
    <div class="totals">
      <For each={KINDS}>
        {(kind) => (
          <section class="total" aria-label={KIND_NAMES[kind]}>
            <h3>{KIND_NAMES[kind]}</h3>
            <p class="figure">
              {amount(kind, of('allocated', kind))} <small>of {amount(kind, of('total', kind))}</small>
            </p>
            <Bar
              allocated={of('allocated', kind)}
              offered={of('offered', kind)}
              total={of('total', kind)}
              label={`${percent(of('total', kind) ? of('allocated', kind) / of('total', kind) : 0)} allocated`}
            />
            <dl class="legend">
              <div data-part="used">
                <dt>allocated</dt>
                <dd>{amount(kind, of('allocated', kind))}</dd>
              </div>
              <div data-part="offered">
                <dt>offered</dt>
                <dd>{amount(kind, of('offered', kind))}</dd>
              </div>
              <div data-part="idle">
                <dt>idle</dt>
                <dd>{amount(kind, Math.max(0, idle(kind)))}</dd>
              </div>
            </dl>
          </section>
        )}
      </For>
    </div>
  );
}

/** A table of amounts: one row per name, one column per kind. */
export function AmountTable(props: { rows: [string, Amounts][]; caption: string }): JSX.Element {
  return (
    <table class="plain amounts">
      <caption>{props.caption}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">Part</span>
          </th>
          <For each={KINDS}>{(kind) => <th scope="col">{KIND_NAMES[kind]}</th>}</For>
        </tr>
      </thead>
      <tbody>
        <For each={props.rows}>
          {([name, values]) => (
            <tr>
              <th scope="row">{name}</th>
              <For each={KINDS}>{(kind) => <td>{amount(kind, values[kind])}</td>}</For>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  );
}
