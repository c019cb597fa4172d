import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { Admission } from './admission.ts'
import type { Enrolling } from './enrol.ts'
import type { Leaving } from './leaving.ts'
import type { Leave } from './parts.ts'
import type { Passage } from './passage.ts'
import type { SavingCodes } from './recovery-codes.ts'
import type { SecondStep } from './second-factor.ts'

/** Which page a sign-in stands at: the one address of an interaction shows it, however often it is opened. */
export function showStep({
  passage,
  admission,
  leaving,
  secondStep,
  enrolling,
  savingCodes,
}: {
  passage: Passage
  admission: Admission
  leaving: Leaving
  secondStep: SecondStep
  enrolling: Enrolling
  savingCodes: SavingCodes
}) {
  return async (ctx: Context, interaction: Interaction, leave: Leave): Promise<void> => {
    const open = await passage.find(ctx, interaction)
    if (!open) return leaving.front(ctx, interaction, leave)
    const decision = await passage.decide(ctx, interaction, open)
    switch (decision.step) {
      case 'identify':
        return leaving.front(ctx, interaction, leave)
      case 'second-factor':
        return secondStep.page(ctx, interaction, decision)
      case 'prove-address':
        return admission.proofPage(ctx, interaction, decision)
      case 'enrol':
      case 'offer-passkey':
        return enrolling.page(ctx, interaction, decision)
      case 'save-recovery-codes':
        return savingCodes.page(ctx, interaction, decision)
      case 'done':
        return passage.finish(ctx, interaction, decision.open, leave)
    }
  }
}
