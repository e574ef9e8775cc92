// Package prompts keeps what a person writes prompts with: their own templates, and
// those that are built in, in Chinese and English. It also lists what they have typed.
package prompts
