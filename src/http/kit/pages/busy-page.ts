/** More people are signing in than can be served: the form that was sent, to be sent again. */
export interface BusyPage {
  action: string
  /** what stays as it was sent */
  fields: [name: string, value: string][]
  /** as it was typed; null where the form asked for none */
  email: string | null
  /** how browsers name the password that has to be typed again; null where the form asked for none */
  password: 'current-password' | 'new-password' | null
  /** seconds */
  retryAfter: number
}
