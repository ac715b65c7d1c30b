import { desktop } from '../api/desktop.ts'

/** Whose keys are named: Command on a Mac. */
export const isMac: boolean = desktop ? desktop.platform === 'darwin' : /mac/i.test(navigator.platform)
