/** uPlot with its style sheet, loaded after the page. */
import 'uplot/dist/uPlot.min.css';

export { default } from 'uplot';
