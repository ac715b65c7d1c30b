/**
 * Puts a downloaded AppImage in the place of the running one. electron-updater removes the old file first and then moves the new
 * one, from another disk perhaps: a crash between leaves no app at all. Here one rename changes one whole file for the other.
 */
import { chmodSync, closeSync, copyFileSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'

/** Beside the app, for a rename is whole only within one disk. A left one is overwritten by the next. */
export const stagedBeside = (app: string): string => `${app}.update`

export function replaceAppImage(app: string, downloaded: string): void {
  const staged = stagedBeside(app)
  try {
    copyFileSync(downloaded, staged)
    chmodSync(staged, 0o755)
    // Without it a power cut could leave the new name on an empty file.
    const file = openSync(staged, 'r+')
    fsyncSync(file)
    closeSync(file)
    renameSync(staged, app)
  } catch (error) {
    rmSync(staged, { force: true })
    throw error
  }
}
