/** Why a framework gets no offers, from the allocator's own records. */
import { For, Show, type JSX } from 'solid-js';
import { query } from '../../api/client';
import { live } from '../../api/live';
import type { Why } from '../../api/types';
import { link } from '../../router';

export function WhyNoOffers(props: { framework: string }): JSX.Element {
  const answer = live<Why>(() => `ui/why${query({ framework: props.framework })}`, { every: 5000 });
  return (
    <Show when={answer.data()}>
      {(why) => (
        <section class="why" aria-label="Offers">
          <h2>Offers</h2>
          <p>
            <Show when={why().offers > 0} fallback={why().reasons.length > 0 ? 'Holds no offers now. The allocator says:' : 'Holds no offers now, and nothing stands in the way of the next.'}>
              Holds <a href={link(['offers'], { framework: why().framework_id })}>{why().offers === 1 ? 'one offer' : `${why().offers} offers`}</a> now.
              <Show when={why().reasons.length > 0}> What keeps others away:</Show>
            </Show>
          </p>
          <Show when={why().reasons.length > 0}>
            <ul class="reasons">
              <For each={why().reasons}>
                {(reason) => (
                  <li>
                    <span class="code">{reason.code.replaceAll('_', ' ')}</span>
                    <span>
                      {reason.text}
                      <Show when={reason.role}>
                        <span class="faint"> · role {reason.role}</span>
                      </Show>
                      <Show when={reason.agents > 0}>
                        <span class="faint"> · {reason.agents === 1 ? '1 agent' : `${reason.agents.toLocaleString('en')} agents`}</span>
                      </Show>
                    </span>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        </section>
      )}
    </Show>
  );
}
