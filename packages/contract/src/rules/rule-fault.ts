/** Why a rule cannot be used, in words that stand behind its text. */
export class RuleFault extends Error {}
