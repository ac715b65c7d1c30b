/** The one thing the window and the host share. No Node, no DOM. */
export * from './recipe.ts'
export * from './errors.ts'
export * from './entities.ts'
export * from './procedures.ts'
export * from './events.ts'
export * from './step-profile.ts'
export * from './limits.ts'
export * from './workspace.ts'
