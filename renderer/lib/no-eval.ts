/**
 * zod compiles parsers with eval where it may, and tries that out when a schema is made. The content security policy
 * forbids both, and reports even the attempt. So this is imported before any schema.
 */
import { z } from 'zod'

z.config({ jitless: true })
