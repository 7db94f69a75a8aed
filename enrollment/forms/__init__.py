"""What a person types: screening, consent, enrollment, visits and every case report form."""
