/** Part of what a run is reproduced from: raised with every change that can alter results. */
export const engineVersion = '0.1.0'
