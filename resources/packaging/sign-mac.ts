/**
 * macOS: signs what lies beside the asar before it is hashed. electron-builder signs after it has made the asar, which holds the
 * hashes, and so is told to leave these alone.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { filesBelow } from './project.ts'
import type { Target } from './targets.ts'

export const runsOnMac = (file: string): boolean => /\.(node|dylib)$|^node\/bin\/node$/.test(file)

export const codesignArgs = (identity: string, entitlements: string, file: string): string[] => [
  '--force',
  '--timestamp',
  '--options=runtime',
  `--entitlements=${entitlements}`,
  `--sign=${identity}`,
  file,
]

/** undefined: nothing is to be signed. The identity is the one that electron-builder takes for the app. */
export function signedForMac(
  { platform }: Target,
  { CSC_NAME: identity }: NodeJS.ProcessEnv,
): ((resources: string) => void) | undefined {
  if (platform !== 'darwin' || identity === undefined || identity === '') return undefined
  const entitlements = join(import.meta.dirname, 'entitlements.plist')
  return (resources) => {
    for (const file of filesBelow(resources).filter(runsOnMac))
      execFileSync(
        'codesign',
        codesignArgs(`Developer ID Application: ${identity}`, entitlements, join(resources, file)),
      )
  }
}
