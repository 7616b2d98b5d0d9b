/** `#/offers`: what is offered to whom at this moment. */
import { Show, type JSX } from 'solid-js';
import type { OfferRow } from '../../api/types';
import { place, setQuery } from '../../router';
import { AgentLink, Empty, FrameworkLink, Head } from '../../ui/basics';
import { amount, shortId, type Kind } from '../../ui/format';
import { List, type Column } from '../../ui/list';

function figure(kind: Kind, title: string, width: string): Column<OfferRow> {
  return { title, width, sort: kind, numeric: true, cell: (offer) => amount(kind, offer.resources[kind]) };
}

const COLUMNS: Column<OfferRow>[] = [
  { title: 'Offer', width: 'minmax(110px, 1fr)', sort: 'id', cell: (offer) => <span class="id" title={`${offer.id}\n${offer.text}`}>{shortId(offer.id)}</span> },
  { title: 'Role', width: 'minmax(70px, 0.7fr)', sort: 'role', cell: (offer) => offer.role },
  { title: 'Framework', width: 'minmax(120px, 1.5fr)', sort: 'framework_name', cell: (offer) => <FrameworkLink id={offer.framework_id} name={offer.framework_name} /> },
  { title: 'Host', width: 'minmax(120px, 1.5fr)', sort: 'hostname', cell: (offer) => <AgentLink id={offer.agent_id} hostname={offer.hostname} /> },
  figure('cpus', 'CPUs', '70px'),
  figure('gpus', 'GPUs', '62px'),
  figure('mem', 'Memory', '90px'),
  figure('disk', 'Disk', '90px'),
];

export default function Offers(): JSX.Element {
  const framework = () => place().query['framework'];
  return (
    <>
      <Head title="Offers" sub="Free resources that a framework may take or decline. Most offers last for a moment only." />
      <Show when={framework()}>
        {(id) => (
          <p class="note">
            Only offers to <FrameworkLink id={id()} />.{' '}
            <button type="button" class="button" onClick={() => setQuery({ framework: null })}>
              Show all
            </button>
          </p>
        )}
      </Show>
      <List<OfferRow>
        title="Offers"
        path="ui/offers"
        parameters={{ framework: framework(), agent: place().query['agent'] }}
        columns={COLUMNS}
        topics={['framework', 'agent', 'task']}
        empty={
          <Empty title="Nothing is on offer">
            <p>Either everything is allocated, or the frameworks have declined what is free. The allocator page says which.</p>
            <p>
              <a href="#/allocator">Allocator</a>
            </p>
          </Empty>
        }
      />
    </>
  );
}
