/** Wires electron-updater. Loaded only in an app that was packaged with a feed. */
import electronUpdater from 'electron-updater'
import { replaceAppImage } from './replace-app-image.ts'
import { whyNotUpdate, type UpdateSettings } from './update-policy.ts'

export interface Updates {
  /** What is left to do once the host has ended. */
  install(): void
}

interface Situation {
  readonly settings: UpdateSettings
  readonly current: string
  /** The running AppImage; null: this is none. */
  readonly appImage: string | null
  log(line: string): void
}

/** The part of electron-updater that is used; `autoUpdater` is one, chosen by system and kind of package. */
export type Updater = Pick<
  typeof electronUpdater.autoUpdater,
  | 'allowDowngrade'
  | 'allowPrerelease'
  | 'autoDownload'
  | 'autoInstallOnAppQuit'
  | 'checkForUpdates'
  | 'disableWebInstaller'
  | 'isUpdateSupported'
  | 'logger'
  | 'on'
>

/**
 * Looks once, downloads what may be installed, and installs it when the app is quit. Stages are electron-updater's: of people
 * with a feed that says `stagingPercentage: 10`, a tenth is offered it, the same ones each time.
 */
export function followUpdates(
  { settings, current, appImage, log }: Situation,
  // A file that says how Descent was installed decides otherwise, and may have been left by the packaging of a .deb.
  updater: Updater = appImage === undefined
    ? electronUpdater.autoUpdater
    : new electronUpdater.AppImageUpdater(),
): Updates {
  let downloaded: string | null = null
  // What matters of it comes as events.
  updater.logger = null
  updater.allowDowngrade = false
  updater.allowPrerelease = false
  updater.disableWebInstaller = true
  updater.autoDownload = true
  updater.autoInstallOnAppQuit = appImage === null
  const usual = updater.isUpdateSupported
  updater.isUpdateSupported = (info) => {
    const refusal = whyNotUpdate(info, current, settings)
    if (refusal !== null) log(refusal)
    return refusal === null && usual(info)
  }
  updater.on('update-downloaded', ({ downloadedFile, version }) => {
    downloaded = downloadedFile
    log(`Descent ${version} will be installed when this one is closed.`)
  })
  updater.on('error', (error) => log(`No update could be fetched: ${error.message}`))
  updater
    .checkForUpdates()
    .then((found) => found?.downloadPromise)
    // The same errors come as events.
    .catch(() => {})
  return {
    install() {
      if (appImage === null || downloaded === null) return
      try {
        replaceAppImage(appImage, downloaded)
      } catch (error) {
        log(`The update was not installed, the present Descent stays: ${String(error)}`)
      }
    },
  }
}
