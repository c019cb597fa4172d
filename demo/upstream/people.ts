/** The people of Example Upstream. They have no passwords: users choose one with a click. */
export interface UpstreamPerson {
  sub: string
  name: string
  given_name: string
  family_name: string
  email: string
  /** Whether the provider has verified the email. */
  email_verified: boolean
}

export const people: readonly UpstreamPerson[] = [
  person('upstream-mira', 'Mira', 'Sol', true),
  person('upstream-tomas', 'Tomas', 'Reed', true),
  person('upstream-noor', 'Noor', 'Vale', false),
]

export function personOf(sub: string | undefined): UpstreamPerson | undefined {
  return people.find(person => person.sub === sub)
}

function person(sub: string, given_name: string, family_name: string, email_verified: boolean): UpstreamPerson {
  const email = `${given_name.toLowerCase()}@upstream.example`
  return { sub, name: `${given_name} ${family_name}`, given_name, family_name, email, email_verified }
}
