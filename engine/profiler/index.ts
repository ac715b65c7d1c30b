/** Where the time goes, as torch.profiler tells it. */
export { recordFunction } from '../tensor/scope.ts'
export { profile, type ProfileOptions } from './profile.ts'
export type { KernelRow, LayerRow, ProfilePart, StepProfile } from './report.ts'
