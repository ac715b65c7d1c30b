import { chooseShell } from './app.ts'

export default function setup(): void {
  const shell = chooseShell()
  console.log(`The app runs in ${shell.name}: ${shell.reason}.`)
}
