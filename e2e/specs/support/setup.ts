import { buildWindow } from '../../../electron/launch/window-build.ts'
import { root } from '../../checks/process.ts'
import { chooseShell } from './app.ts'

export default async function setup(): Promise<void> {
  const shell = chooseShell()
  console.log(`The app runs in ${shell.name}: ${shell.reason}.`)
  // Once, before two apps would both do it.
  await buildWindow(root)
}
