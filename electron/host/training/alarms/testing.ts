/** Alarms of single steps and layers, each of which planted.test.ts plants in a training of its own. */
export const plantedInTraining = [
  'negativeLoss',
  'noGradient',
  'frozen',
  'climbing',
  'stepsTooLarge',
  'decayDominates',
  'exploding',
  'vanishing',
  'deadUnits',
  'saturated',
] as const
