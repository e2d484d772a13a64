package coderauth

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Me is what paths call whoever owns the key.
const Me = "me"

// User is an account.
type User struct {
	ID               string    `json:"id"`
	Username         string    `json:"username"`
	Name             string    `json:"name"`
	Email            string    `json:"email"`
	Status           string    `json:"status"`
	LoginType        string    `json:"login_type"`
	IsServiceAccount bool      `json:"is_service_account"`
	OrganizationIDs  []string  `json:"organization_ids"`
	Roles            []Role    `json:"roles"`
	CreatedAt        time.Time `json:"created_at"`
	UpdatedAt        time.Time `json:"updated_at"`
	LastSeenAt       time.Time `json:"last_seen_at"`
}

// Role is a role of the site that somebody holds.
type Role struct {
	Name        string `json:"name"`
	DisplayName string `json:"display_name"`
}

// User returns an account by its id, its username, or Me.
func (c *Client) User(ctx context.Context, user string) (*User, error) {
	found := new(User)
	return found, c.call(ctx, http.MethodGet, "/users/"+url.PathEscape(user), nil, found)
}

// Users returns a page of the accounts that match a search such as "status:active", and how many
// there are in all. A limit of 0 is none.
func (c *Client) Users(ctx context.Context, search string, limit, offset int) ([]User, int, error) {
	query := url.Values{"q": {search}, "limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}}
	var page struct {
		Users []User `json:"users"`
		Count int    `json:"count"`
	}
	err := c.call(ctx, http.MethodGet, "/users?"+query.Encode(), nil, &page)
	return page.Users, page.Count, err
}
