import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import { checkDefinition, STORED_SECRET } from '../../src/federation/providers/definition.ts'
import type { IdentityProvider } from '../../src/federation/providers/identity-provider.ts'
import type { ProviderPolicy } from '../../src/federation/providers/policy.ts'
import type { Preset } from '../../src/federation/providers/preset.ts'
import { type Kind, presetOf } from '../../src/federation/providers/presets.ts'
import { usageError } from '../kit/failures.ts'
import type { Io } from '../kit/io.ts'
import type { Output } from '../kit/output.ts'
import { needTerminal } from '../kit/prompts.ts'
import type { Work } from '../kit/verb.ts'
import { changesOf } from './changes.ts'
import type { OnceOptions, ProviderOptions } from './options.ts'
import { addressLines, directionsFor, toFollow } from './registration-instructions.ts'

/** At a terminal, without --client-id, it first prints how to register Gatehouse with the provider. */
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
      `REGISTRATION=closed, so ${provider.title} creates no accounts: people can only connect it to an account they already have. To change that: gatehouse providers update ${provider.name} --registration`,
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

/** From a file or standard input; never from the command line, where others on this machine can see it. */
async function secretIn(io: Io, file: string): Promise<string> {
  return (await io.read(file === '-' ? 'stdin' : { path: file })).trim()
}

/** The secret of a new provider: from the given file, or asked for. Null where none is needed and none was given. */
async function newSecret(io: Io, file: string | undefined, preset: Preset): Promise<string | null> {
  if (file !== undefined) return secretIn(io, file)
  const { secretOptional, authentication } = preset
  if (!io.interactive && secretOptional) return null
  needTerminal(io, 'asking for the client secret', 'Give --client-secret-file FILE, or - for standard input.')
  if (authentication === 'signed') return secretIn(io, await asked(io, 'File with the private key (.p8): '))
  if (secretOptional)
    return (await io.ask({ text: 'Client secret (leave empty for none): ', hidden: true })).trim() || null
  return asked(io, 'Client secret: ', { hidden: true })
}

async function newClientId(io: Io, given: string | undefined, kind: Kind): Promise<string> {
  if (given !== undefined) return given
  needTerminal(io, 'asking for the client ID', `Give --client-id. To find it, see: gatehouse providers kinds ${kind}`)
  return asked(io, 'Client ID: ')
}

/** The further settings of the preset, such as a tenant. */
async function newSettings(
  io: Io,
  given: Readonly<Record<string, string>>,
  { settings }: Preset,
): Promise<Record<string, string>> {
  const known = { ...given }
  for (const [name, { about }] of Object.entries(settings)) {
    if (known[name] !== undefined) continue
    if (!io.interactive) throw usageError(`--${name} is required: ${about}`)
    known[name] = await asked(io, `${name} (${about}): `)
  }
  return known
}

async function asked(io: Io, text: string, { hidden = false } = {}): Promise<string> {
  for (;;) {
    const answer = (await io.ask({ text, hidden })).trim()
    if (answer) return answer
  }
}
