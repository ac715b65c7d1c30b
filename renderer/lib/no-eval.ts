/**
 * zod compiles parsers with eval where it may, and tries that out when a schema is made. The content security policy
 * forbids both, and reports even the attempt. So whatever makes a schema asks for this first: see vite.config.ts.
 */
import { z } from 'zod'

export const zodIsTold = z.config({ jitless: true })
