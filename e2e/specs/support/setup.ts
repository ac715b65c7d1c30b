import { buildWindow } from '../../../electron/launch/window-build.ts'
import { root } from '../../checks/process.ts'
import { chooseShell } from './app.ts'

export default async function setup(): Promise<void> {
  const shell = chooseShell()
  const packaged = process.env['DESCENT_PACKAGED']
  const what = packaged === undefined ? 'The app' : `The package in ${packaged}`
  console.log(`${what} runs in ${shell.name}: ${shell.reason}.`)
  // Once, before two apps would both do it. A package brings its own.
  if (packaged === undefined) await buildWindow(root)
}
