import test from 'ava'
import type { Verb } from '../../cli/kit/verb.ts'
import { createProgram } from '../../cli/program.ts'
import { OPERATIONS } from '../../src/http/api/admin/table.ts'
import { quietIo } from './command-line.ts'

type Operation = keyof typeof OPERATIONS

/** The operations of the API for administrators, and the command that does the same. */
const COMMANDS: Record<Operation, string> = {
  listAccounts: 'accounts list',
  createAccount: 'accounts register',
  getAccount: 'accounts show',
  updateAccount: 'accounts update',
  verifyEmail: 'accounts verify',
  exportAccount: 'accounts export',
  eraseAccount: 'accounts remove',
  suspendAccount: 'accounts suspend',
  reinstateAccount: 'accounts reinstate',
  unlockAccount: 'accounts unlock',
  resetFactors: 'accounts reset-factors',
  createImpersonation: 'accounts impersonate',
  listImpersonations: 'accounts impersonations',
  createPasswordLink: 'recover',
  listAccountRoles: 'accounts roles list',
  assignRole: 'accounts roles add',
  unassignRole: 'accounts roles remove',
  explainRequest: 'why',
  listAccountEvents: 'accounts history',
  listSessions: 'sessions list',
  revokeSession: 'sessions revoke',
  revokeSessions: 'accounts sign-out',
  listGrants: 'grants list',
  revokeGrant: 'grants revoke',
  listConsents: 'consents list',
  revokeConsent: 'consents revoke',
  listPermissions: 'permissions',
  listRoles: 'roles list',
  createRole: 'roles create',
  getRole: 'roles show',
  updateRole: 'roles update',
  removeRole: 'roles remove',
  listClients: 'clients list',
  registerClient: 'clients add',
  getClient: 'clients show',
  updateClient: 'clients update',
  removeClient: 'clients remove',
  adoptClient: 'clients adopt',
  listClientSecrets: 'clients secrets list',
  rotateClientSecret: 'clients rotate-secret',
  removeClientSecret: 'clients secrets remove',
  previewClaims: 'clients preview-claims',
  listRegistrationTokens: 'registration-tokens list',
  addRegistrationToken: 'registration-tokens add',
  revokeRegistrationToken: 'registration-tokens revoke',
  listResources: 'resources list',
  registerResource: 'resources add',
  getResource: 'resources show',
  updateResource: 'resources update',
  removeResource: 'resources remove',
  listProviders: 'providers list',
  addProvider: 'providers add',
  getProvider: 'providers show',
  updateProvider: 'providers update',
  enableProvider: 'providers enable',
  disableProvider: 'providers disable',
  checkProvider: 'providers test',
  previewSignIn: 'providers preview',
  removeProvider: 'providers remove',
  listKeys: 'keys list',
  rotateKeys: 'keys rotate',
  removeKey: 'keys remove',
  listEvents: 'audit list',
  getMailQueue: 'mail status',
  listWebhooks: 'webhooks list',
  addWebhook: 'webhooks add',
  getWebhook: 'webhooks show',
  updateWebhook: 'webhooks update',
  rotateWebhookSecret: 'webhooks rotate-secret',
  removeWebhook: 'webhooks remove',
  testWebhook: 'webhooks test',
  listDeliveries: 'webhooks deliveries',
  replayDeliveries: 'webhooks replay',
}

/** Commands that do a part of what an operation does. */
const PARTS: Record<string, Operation> = {
  'roles allow': 'updateRole',
  'roles disallow': 'updateRole',
  'audit tail': 'listEvents',
  'audit export': 'listEvents',
}

/** Commands of the machine that Gatehouse runs on, and why no operation does the same. */
const OF_THE_MACHINE: Record<string, string> = {
  serve: 'starts the server that answers the API',
  'migrate up': 'before the server serves',
  'migrate down': 'while no server serves',
  'migrate status': 'about the database, whether a server serves or not',
  'config check': 'about the environment of the process',
  'config explain': 'about the environment of the process',
  'create-superuser': 'there is no one yet who could call the API',
  'access-token': 'gives what the API requires, to who is in control of the machine',
  'audit verify': 'compares the whole database with its chain, which takes minutes',
  'audit head': 'is kept elsewhere than where the API answers',
  'sessions revoke-everyone': 'ends what the caller of the API acts with',
  'audit adopt': 'decides about events that nothing proves',
  'mail test': 'sends an email to any address, with the settings of the machine',
  'clients presets': 'a reference, for people who copy a configuration',
  'providers kinds': 'a reference, for people who register at a provider',
  help: 'about the command line',
  completion: 'about the command line',
}

function commands(): string[] {
  const host = { serving: true, use: async () => 0 }
  const leaves = (verb: Verb): Verb[] => (verb.verbs.length > 0 ? verb.verbs.flatMap(leaves) : [verb])
  return leaves(createProgram({ argv: [], io: quietIo, host, exitCode: 0, run: async () => 0 })).map(({ path }) => path)
}

test('every operation of the API has a command, which exists', t => {
  const known = commands()
  t.deepEqual(Object.keys(COMMANDS).sort(), Object.keys(OPERATIONS).sort())
  for (const [operation, command] of Object.entries(COMMANDS)) t.true(known.includes(command), operation)
})

test('every command has an operation, or is of the machine alone', t => {
  const accounted = [COMMANDS, PARTS, OF_THE_MACHINE].flatMap((table, index) =>
    index === 0 ? Object.values(table) : Object.keys(table),
  )
  t.deepEqual(accounted.toSorted(), commands().toSorted())
})
