import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import { checkDefinition, KEPT } from '../../src/federation/definition.ts'
import type { IdentityProvider } from '../../src/federation/identity-provider.ts'
import type { Policy } from '../../src/federation/policy.ts'
import type { Kind } from '../../src/federation/preset.ts'
import { presetOf } from '../../src/federation/presets.ts'
import type { Output } from '../output.ts'
import type { Work } from '../with-app.ts'
import { changesOf } from './changes.ts'
import { addressLines, directionsFor, toFollow } from './directions.ts'
import type { OnceOptions, ProviderOptions } from './options.ts'
import { newClientId, newSecret, newSettings, secretIn } from './secret.ts'

/** Says what to do there first where somebody sits at the terminal who has yet to do it. */
export async function addProvider(
  { app, io, out }: Work,
  kind: Kind,
  options: ProviderOptions & OnceOptions,
): Promise<void> {
  const preset = presetOf(kind)
  const { name = kind, issuer = null } = options
  const closed = app.config.registration === 'closed'
  const said = changesOf(options, { ...preset, roleMapping: null })
  const draft = { ...said, kind, name, issuer }
  await checkRoles(app, said.policy)
  // What is wrong already is told before anything is asked.
  const settings = { ...Object.fromEntries(Object.keys(preset.settings).map(each => [each, KEPT])), ...said.settings }
  checkDefinition({ ...draft, clientId: said.clientId ?? KEPT, secret: KEPT, settings })
  const told = io.interactive && said.clientId === undefined
  if (told) out.note(toFollow(options.title ?? preset.title, directionsFor(app, draft)))
  const definition = {
    ...draft,
    clientId: await newClientId(io, said.clientId, preset),
    settings: await newSettings(io, said.settings ?? {}, preset),
    secret: await newSecret(io, options.clientSecretFile, preset),
  }
  const provider = await app.identityProviders.register(definition, { by: operator })
  handOver(app, out, provider, { told })
  if (closed && options.registration === undefined)
    out.note(
      `Nobody registers here by themselves (REGISTRATION=closed), so ${provider.title} makes no accounts either: people connect it to the account they have. To let it: gatehouse providers update ${provider.name} --registration`,
    )
}

export async function updateProvider({ app, io, out }: Work, name: string, options: ProviderOptions): Promise<void> {
  const { mapping, policy, endpoints } = await app.identityProviders.find(name)
  const changes = changesOf(options, { mapping, endpoints: endpoints ?? null, roleMapping: policy.roleMapping })
  await checkRoles(app, changes.policy)
  const file = options.clientSecretFile
  const secret = file === undefined ? {} : { secret: await secretIn(io, file) }
  const provider = await app.identityProviders.update(name, { ...changes, ...secret }, { by: operator })
  out.record(provider.summary(), `Updated ${provider.title} (${provider.name}).`)
}

function handOver(app: App, out: Output, provider: IdentityProvider, { told }: { told: boolean }): void {
  const { name, title } = provider
  const directions = directionsFor(app, provider)
  const steps = told ? '' : `${toFollow(title, directions)}\n`
  out.text(
    { ...provider.summary(), ...directions },
    `Added ${title} (${name}). It is on the sign-in page now.\n\n${steps}${addressLines(directions)}\n` +
      `To see whether it answers: gatehouse providers test ${name}\n`,
  )
}

/** @throws NotFound where a role is named that there is not */
async function checkRoles({ roles }: App, policy: Partial<Policy> = {}): Promise<void> {
  const mapped = Object.values(policy.roleMapping?.roles ?? {}).flat()
  for (const name of new Set([...(policy.roles ?? []), ...mapped])) await roles.find(name)
}
