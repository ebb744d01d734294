// The build puts uPlot's module here; the types are those of its npm package.
import uPlot from 'uplot';
export default uPlot;
