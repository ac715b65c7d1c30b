/** The window and the machine while something trains: see manners.ts for what is decided. */
import {
  app,
  dialog,
  Menu,
  nativeImage,
  powerMonitor,
  powerSaveBlocker,
  Tray,
  type BrowserWindow,
  type Event,
} from 'electron'
import { noActivity, type Activity, type AppCommandId } from '../contract/index.ts'
import { closeAnswer, closeQuestion, comesBack, progressBarOf, trayText } from './manners.ts'

export interface WorkingWindow {
  /** What is under way is another. */
  tell(activity: Activity): void
  /** From wherever it is: hidden, minimized, behind others. */
  show(): void
  /** What was chosen in the menu, which a Mac has also while no window is seen. */
  run(command: AppCommandId): void
}

export function keepWorking(window: BrowserWindow, icon: string): WorkingWindow {
  let activity = noActivity
  let blocker: number | null = null
  let tray: Tray | null = null
  /** The person has said that it may end, or the system has. */
  let mayClose = false
  let isAsking = false

  const show = (): void => {
    tray?.destroy()
    tray = null
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }
  const quit = (): void => {
    mayClose = true
    app.quit()
  }
  const hide = (): void => {
    window.hide()
    if (tray !== null) return
    tray = new Tray(nativeImage.createFromPath(icon).resize({ width: 16, height: 16 }))
    tray.setToolTip(trayText(activity))
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: 'Show Descent', click: show },
        { label: 'Stop at a Checkpoint and Quit', click: quit },
      ]),
    )
    tray.on('click', show)
  }
  const ask = async (): Promise<void> => {
    isAsking = true
    const { response } = await dialog
      .showMessageBox(window, closeQuestion(activity))
      .finally(() => (isAsking = false))
    const answer = closeAnswer(response)
    if (answer === 'stop') quit()
    if (answer === 'background') hide()
  }

  window.on('close', (event: Event) => {
    if (mayClose || activity.trainings === 0) return
    event.preventDefault()
    if (!isAsking) void ask()
  })
  // A system that is shut down waits for nobody's answer; trainings come to a checkpoint as at every end.
  const end = (): void => {
    mayClose = true
  }
  powerMonitor.on('shutdown', end)
  window.on('query-session-end', end)

  const crashes: number[] = []
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return
    crashes.push(performance.now())
    // Its address says where in the app it was; what was typed is kept by the host.
    if (comesBack(crashes)) window.webContents.reload()
    else
      dialog.showErrorBox(
        'Descent’s window keeps crashing',
        `It ended again and again (${reason}). What trains goes on. Quit Descent and start it again; --devtools on the command line shows what the window says.`,
      )
  })

  return {
    show,
    run(command) {
      show()
      window.webContents.send('desktop:command', command)
    },
    tell(next) {
      activity = next
      const works = activity.trainings > 0
      if (works) blocker ??= powerSaveBlocker.start('prevent-app-suspension')
      else if (blocker !== null) {
        powerSaveBlocker.stop(blocker)
        blocker = null
      }
      window.setProgressBar(progressBarOf(activity))
      tray?.setToolTip(trayText(activity))
    },
  }
}
