package coderauth

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Error is a refusal of the server, in the words of its answer.
type Error struct {
	Status      int          `json:"-"`
	Message     string       `json:"message"`
	Detail      string       `json:"detail"`
	Validations []Validation `json:"validations"`
	// MissingScopes are what the key would need as well, if the answer says so (RFC 6750 3.1).
	MissingScopes []string      `json:"-"`
	RetryAfter    time.Duration `json:"-"`
}

// Validation says what is wrong with one field of a request.
type Validation struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

func (e *Error) Error() string {
	text := fmt.Sprintf("coderauth: %d %s", e.Status, e.Message)
	if e.Detail != "" {
		text += " " + e.Detail
	}
	for _, one := range e.Validations {
		text += fmt.Sprintf(" %s: %s", one.Field, one.Detail)
	}
	return text
}

var scopesOf = regexp.MustCompile(`error="insufficient_scope".*scope="([^"]*)"`)

func missingScopes(challenge string) []string {
	found := scopesOf.FindStringSubmatch(challenge)
	if found == nil {
		return nil
	}
	return strings.Fields(found[1])
}
