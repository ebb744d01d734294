/** uPlot's published types, for the module that the page loads. */
import uPlot from 'uplot';

export default uPlot;
