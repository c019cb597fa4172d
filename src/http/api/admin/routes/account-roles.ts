import { z } from 'zod'
import { route } from '../route.ts'
import { json, moment } from '../values.ts'

const Assignment = z
  .object({
    role: z.string(),
    given_at: moment,
    given_by: z.string().nullable().meta({ description: '`operator`, `account:ID` or `client:ID`.' }),
    ends_at: moment.nullable().meta({ description: 'From then on the role counts nowhere; null if it has no end.' }),
  })
  .meta({ id: 'Assignment' })

export const accountRoles = {
  listAccountRoles: route({
    method: 'get',
    path: '/accounts/:account/roles',
    permission: 'accounts:read',
    summary: 'The roles of an account, who assigned them, and until when',
    answer: z.object({ roles: z.array(Assignment) }),
    async does({ app, account }) {
      const assignments = await app.assignments.of(account)
      return { roles: assignments.map(each => json(each.summary()) as z.input<typeof Assignment>) }
    },
  }),

  assignRole: route({
    method: 'put',
    path: '/accounts/:account/roles/:role',
    permission: 'roles:assign',
    summary: 'Assign a role to an account, or change until when it has it',
    description:
      'No one assigns a role that permits more than they may do themselves. Without a body, the role has no end.',
    body: z
      .strictObject({ until: z.iso.datetime({ offset: true }).nullable().default(null) })
      .default({ until: null })
      .meta({ title: 'NewAssignment' }),
    refuses: [403],
    async does({ app, by, rights, account, params, body: { until } }) {
      await app.assignments.assign(account, [params.role], {
        by,
        within: rights,
        until: until === null ? null : new Date(until),
      })
    },
  }),

  unassignRole: route({
    method: 'delete',
    path: '/accounts/:account/roles/:role',
    permission: 'roles:assign',
    summary: 'Unassign a role from an account',
    description: 'The last superuser cannot lose that role.',
    refuses: [403],
    does: ({ app, by, rights, account, params }) =>
      app.assignments.unassign(account, [params.role], { by, within: rights }),
  }),
}
