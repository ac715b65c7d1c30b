/** The walls of docs/architecture.md, as rules. */
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or three.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'engine-stands-alone',
      comment: 'engine/ is a library that someone could publish by itself.',
      severity: 'error',
      from: { path: '^engine/' },
      to: { path: '^(electron|renderer|e2e|resources)/' },
    },
    {
      name: 'engine-by-its-front-door',
      comment: 'Outside the engine, only its public API and its formats exist.',
      severity: 'error',
      from: { pathNot: '^engine/' },
      to: { path: '^engine/', pathNot: '^engine/((index|node)\\.ts$|cache-folder\\.mjs$|formats/)' },
    },
    {
      name: 'electron-only-in-the-shell',
      comment: 'Everything but electron/main and electron/preload runs under plain Node and a plain browser.',
      severity: 'error',
      from: { pathNot: '^electron/(main|preload)/' },
      to: { path: ['^electron$', '(^|/)node_modules/electron(/|$)'] },
    },
    {
      name: 'renderer-knows-only-the-contract',
      comment: 'The window and the host share one contract, and nothing else.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(electron|engine|e2e|resources)/', pathNot: '^electron/contract/' },
    },
    {
      name: 'renderer-is-a-web-page',
      comment: 'The window has no Node.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '(\\.test\\.ts|/vite\\.config\\.ts)$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'contract-imports-only-zod',
      severity: 'error',
      from: { path: '^electron/contract/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^electron/contract/|(^|/)node_modules/zod(/|$)' },
    },
    {
      name: 'host-has-no-window',
      comment: 'The host serves the built window as files and is spawned by main; it imports neither.',
      severity: 'error',
      from: { path: '^electron/host/' },
      to: { path: '^(renderer|electron/(main|preload))/' },
    },
    {
      name: 'shell-is-thin',
      comment: 'Main and preload talk to the host over its transport, not by importing it.',
      severity: 'error',
      from: { path: '^electron/(main|preload)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(electron/host|engine|renderer)/', pathNot: '^engine/cache-folder\\.mjs$' },
    },
    {
      name: 'tests-stay-out-of-the-product',
      severity: 'error',
      from: { path: '^(electron|engine|renderer)/', pathNot: '\\.test\\.ts$' },
      to: { path: '\\.test\\.ts$|^e2e/' },
    },
    {
      name: 'resolvable',
      comment: 'An import that does not exist fails at run time: there is no build step to catch it.',
      severity: 'error',
      // What exports ship finds its neighbors where it is written to.
      from: { pathNot: '^resources/portable/(web|server)/' },
      to: { couldNotResolve: true, pathNot: '\\?' },
    },
    {
      name: 'no-dev-dependency-in-the-product',
      severity: 'error',
      from: { path: '^(electron|engine|renderer)/', pathNot: '\\.test\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/electron/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/dist/', '/fixtures/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
