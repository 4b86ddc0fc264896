package identity

import (
	"fmt"
	"strings"
)

// Person is somebody to sign in as. A person without a name is a guest seat:
// whoever takes it brings a name along.
type Person struct {
	Email    string `json:"email"`
	Name     string `json:"name"`
	ImageURL string `json:"imageUrl,omitzero"` // https; may be empty
}

// DemoPeople are four people and eight guest seats to try Boochat with.
func DemoPeople() []Person {
	people := []Person{
		{Email: "ann@example.com", Name: "Ann"},
		{Email: "bob@example.com", Name: "Bob"},
		{Email: "cleo@example.com", Name: "Cleo"},
		{Email: "dan@example.com", Name: "Dan"},
	}
	for seat := range 8 {
		people = append(people, Person{Email: fmt.Sprintf("guest-%d@example.com", seat+1)})
	}
	return people
}

// DemoAllowList lets the demo people in: their addresses, separated by commas.
func DemoAllowList() string {
	var emails []string
	for _, person := range DemoPeople() {
		emails = append(emails, person.Email)
	}
	return strings.Join(emails, ",")
}
