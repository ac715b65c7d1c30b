/** What one click would make of a network, shown before it is applied; or why it would make nothing of it. */
import { z } from 'zod'
import { familySchema, ideas, namesIn, networkFactsSchema, networks } from './definitions/index.ts'

export const networkCostSchema = z.object({
  parameters: z.int(),
  /** Products of two numbers that are added up, for one example. */
  multiplyAdds: z.int(),
})
export type NetworkCost = z.infer<typeof networkCostSchema>

export const networkProposalSchema = z.union([
  z.object({
    /** What the recipe's network becomes. */
    model: familySchema(networks),
    cost: networkCostSchema,
    /** What becomes of which layer or setting, a line each. */
    changes: z.array(z.string()),
  }),
  z.object({ refusal: z.string() }),
])
export type NetworkProposal = z.infer<typeof networkProposalSchema>

/** The network of a recipe, and what its data are. */
export const networkGivenSchema = z.strictObject({
  model: familySchema(networks),
  facts: networkFactsSchema,
})
export type NetworkGiven = z.infer<typeof networkGivenSchema>

export const networkSizesSchema = z.object({
  now: networkCostSchema,
  bigger: networkProposalSchema,
  smaller: networkProposalSchema,
})
export type NetworkSizes = z.infer<typeof networkSizesSchema>

export const networkIdeasSchema = z.object({
  now: networkCostSchema,
  /** In the order of their family. */
  ideas: z.array(z.object({ name: z.enum(namesIn(ideas)), proposal: networkProposalSchema })),
})
export type NetworkIdeas = z.infer<typeof networkIdeasSchema>
