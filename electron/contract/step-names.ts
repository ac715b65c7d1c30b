/** The steps of the work, in their order. Apart from all schemas: the window’s frame needs no more of the contract. */
export const stepNames = ['data', 'explore', 'prepare', 'model', 'train', 'evaluate', 'deploy'] as const
