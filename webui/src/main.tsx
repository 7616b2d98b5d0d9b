/* @refresh reload */
import { render } from 'solid-js/web';
import { start as startEvents } from './api/events';
import { App } from './app';
import { start as startRouter } from './router';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/list.css';
import './styles/parts.css';
import './styles/pages.css';
import './styles/log.css';

startRouter();
startEvents();
render(() => <App />, document.getElementById('app') as HTMLElement);
