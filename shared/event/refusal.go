package event

import "errors"

// Kind says what sort of refusal it is; each edge (HTTP, Pub/Sub, AMQP) has one
// table from kinds to its own answers.
type Kind int

// The closed set of kinds.
const (
	NotFound     Kind = iota + 1 // it does not exist, or is not the caller's to know of
	Forbidden                    // the caller may see it but not do this
	Conflict                     // somebody else's fact stands in the way
	RuleViolated                 // a rule of the domain says no; Rule names it
	KeyReused                    // an idempotency key came back with another request
	Malformed                    // the request itself makes no sense
	Unavailable                  // nothing is wrong with the request; try again
)

// Refusal is a decision against a command, in words that its sender may read.
type Refusal struct {
	Kind   Kind
	Rule   string // stable name of the violated rule, with RuleViolated
	Field  string // the offending field of the command, where there is one
	Detail string // a sentence for the sender
	Cause  error  // what lay behind it, for operators only
}

// Error is the sentence for the sender, followed by the operators' cause.
func (r *Refusal) Error() string {
	if r.Cause != nil {
		return r.Detail + " (" + r.Cause.Error() + ")"
	}
	return r.Detail
}

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

// Refuse makes a refusal of a kind.
func Refuse(kind Kind, detail string) *Refusal {
	return &Refusal{Kind: kind, Detail: detail}
}

// Violates makes a refusal in the name of a rule.
func Violates(rule, detail string) *Refusal {
	return &Refusal{Kind: RuleViolated, Rule: rule, Detail: detail}
}

// KindOf is the kind of the first refusal in err's chain, or 0 when there is none.
func KindOf(err error) Kind {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal.Kind
	}
	return 0
}
