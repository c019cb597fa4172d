import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import { checkDefinition, STORED_SECRET } from '../../src/federation/providers/definition.ts'
import type { IdentityProvider } from '../../src/federation/providers/identity-provider.ts'
import type { ProviderPolicy } from '../../src/federation/providers/policy.ts'
import { type Kind, presetOf } from '../../src/federation/providers/presets.ts'
import type { Output } from '../kit/output.ts'
import type { Work } from '../kit/verb.ts'
import { changesOf } from './changes.ts'
import { addressLines, directionsFor, toFollow } from './directions.ts'
import type { OnceOptions, ProviderOptions } from './options.ts'
import { newClientId, newSecret, newSettings, secretIn } from './secret.ts'

/** At a terminal, without --client-id, it first prints what to do at the provider. */
export async function addProvider(
  { app, io, out }: Work,
  kind: Kind,
  options: ProviderOptions & OnceOptions,
): Promise<void> {
  const preset = presetOf(kind)
  const { name = kind, issuer = null } = options
  const closed = app.config.registration === 'closed'
  const given = changesOf(options, { ...preset, roleMapping: null })
  const draft = { ...given, kind, name, issuer }
  await checkRoles(app, given.policy)
  // Report mistakes before asking for anything.
  const settings = {
    ...Object.fromEntries(Object.keys(preset.settings).map(each => [each, STORED_SECRET])),
    ...given.settings,
  }
  checkDefinition({ ...draft, clientId: given.clientId ?? STORED_SECRET, secret: STORED_SECRET, settings })
  const shown = io.interactive && given.clientId === undefined
  if (shown) out.note(toFollow(options.title ?? preset.title, directionsFor(app, draft)))
  const definition = {
    ...draft,
    clientId: await newClientId(io, given.clientId, kind),
    settings: await newSettings(io, given.settings ?? {}, preset),
    secret: await newSecret(io, options.clientSecretFile, preset),
  }
  const provider = await app.identityProviders.register(definition, { by: operator })
  handOver(app, out, provider, { shown })
  if (closed && options.registration === undefined)
    out.note(
      `REGISTRATION=closed, so ${provider.title} creates no accounts: people can only connect it to an account they have. To change that: gatehouse providers update ${provider.name} --registration`,
    )
}

export async function updateProvider({ app, io, out }: Work, name: string, options: ProviderOptions): Promise<void> {
  const { mapping, policy, endpoints } = await app.identityProviders.find(name)
  const changes = changesOf(options, { mapping, endpoints: endpoints ?? null, roleMapping: policy.roleMapping })
  await checkRoles(app, changes.policy)
  const file = options.clientSecretFile
  const secret = file === undefined ? {} : { secret: await secretIn(io, file) }
  const provider = await app.identityProviders.update(name, { ...changes, ...secret }, { by: operator })
  out.record(provider, `Updated ${provider.title} (${provider.name}).`)
}

function handOver(app: App, out: Output, provider: IdentityProvider, { shown }: { shown: boolean }): void {
  const { name, title } = provider
  const directions = directionsFor(app, provider)
  const steps = shown ? '' : `${toFollow(title, directions)}\n`
  out.text(
    { ...provider.summary(), ...directions },
    `Added ${title} (${name}). It is now on the sign-in page.\n\n${steps}${addressLines(directions)}\n` +
      `To test it: gatehouse providers test ${name}\n`,
  )
}

/** @throws NotFound for a role that does not exist */
async function checkRoles({ roles }: App, policy: Partial<ProviderPolicy> = {}): Promise<void> {
  const mapped = Object.values(policy.roleMapping?.roles ?? {}).flat()
  for (const name of new Set([...(policy.roles ?? []), ...mapped])) await roles.find(name)
}
