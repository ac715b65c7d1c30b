/** electron-builder's configuration for one system. https://www.electron.build/configuration */
import type { Configuration } from 'electron-builder'
import { join } from 'node:path'
import type { Target } from './targets.ts'

/** Files that open a project by a double click. There are none: see docs/installer.md, “Files that open Descent”. */
const projectFiles: NonNullable<Configuration['fileAssociations']> = []

export interface UpdateFeed {
  /** Where `latest.yml` and its like are published. */
  readonly url: string
}

export interface Packaging {
  readonly target: Target
  /** Folders of the project and of what was staged; the packages go to `output`. */
  readonly root: string
  readonly app: string
  readonly resources: string
  readonly output: string
  /** Pictures that are named by their size, which electron-builder takes as they are. */
  readonly icons: string
  readonly electron: { readonly version: string; readonly folder: string; readonly isStandIn: boolean }
  readonly feed: UpdateFeed | null
  /** Playwright steers an app through its inspector; what people get has none. */
  readonly inspectable: boolean
  /** Apple looks through the app; wants an account of theirs. */
  readonly notarize: boolean
}

/** https://www.electronjs.org/docs/latest/tutorial/fuses */
export const fusesOf = (inspectable: boolean): NonNullable<Configuration['electronFuses']> => ({
  runAsNode: false,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: inspectable,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  grantFileProtocolExtraPrivileges: false,
  // Processors of Apple's run nothing whose signature does not fit, not even without an identity.
  resetAdHocDarwinSignature: true,
})

export const packageTypes = {
  // The last one leaves a file that says how Descent was installed.
  linux: ['AppImage', 'tar.gz', 'deb'],
  win32: ['nsis'],
  darwin: ['dmg', 'zip'],
} as const satisfies Record<Target['platform'], readonly string[]>

const here = (root: string, ...path: string[]): string => join(root, 'resources/packaging', ...path)

function systemConfig({ target, root, icons, notarize }: Packaging): Configuration {
  switch (target.platform) {
    case 'linux':
      return {
        linux: {
          target: [...packageTypes.linux],
          executableName: 'descent',
          icon: icons,
          category: 'Science',
          synopsis: 'A deep-learning workbench',
          maintainer: 'Descent contributors <descent@localhost>',
          syncDesktopName: true,
        },
        deb: {
          // Its scripts touch /opt, /usr/bin and the desktop's caches; what people made is in their own folders.
          packageName: 'descent',
        },
        appImage: {},
      }
    case 'win32':
      return {
        win: {
          target: [...packageTypes.win32],
          icon: join(root, 'resources/icons/descent.png'),
          // It has a signature of its own, and was hashed with it.
          signExts: ['!node.exe'],
        },
        nsis: {
          oneClick: false,
          perMachine: false,
          allowToChangeInstallationDirectory: true,
          // The workspace is in this folder, too.
          deleteAppDataOnUninstall: false,
        },
      }
    case 'darwin':
      return {
        mac: {
          target: [...packageTypes.darwin],
          icon: join(root, 'resources/icons/descent.png'),
          category: 'public.app-category.developer-tools',
          hardenedRuntime: true,
          gatekeeperAssess: false,
          entitlements: here(root, 'entitlements.plist'),
          entitlementsInherit: here(root, 'entitlements.plist'),
          // Signed before they were hashed: another signature would be another file.
          signIgnore: ['/Contents/Resources/(node|descent)/'],
          notarize,
        },
        dmg: { sign: false },
      }
  }
}

export function builderConfig(packaging: Packaging): Configuration {
  const { root, app, resources, output, electron, feed, inspectable } = packaging
  return {
    appId: 'app.descent.workbench',
    productName: 'Descent',
    // eslint-disable-next-line no-template-curly-in-string -- electron-builder's macros
    artifactName: 'descent-${version}-${os}-${arch}.${ext}',
    copyright: 'Copyright © Descent contributors',
    directories: { app, output, buildResources: here(root) },
    files: ['**/*'],
    extraResources: [{ from: resources, to: '.', filter: ['**/*'] }],
    asar: true,
    // The shell is bundled and the host's packages are staged. Without this, all of the project's packages would go in.
    beforeBuild: () => Promise.resolve(false),
    electronVersion: electron.version,
    electronDist: electron.folder,
    // A stand-in has no fuses.
    ...(electron.isStandIn ? {} : { electronFuses: fusesOf(inspectable) }),
    fileAssociations: projectFiles,
    publish: feed === null ? null : [{ provider: 'generic', url: feed.url }],
    ...systemConfig(packaging),
  }
}
